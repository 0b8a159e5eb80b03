import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is asked, over and over. */
export interface Ask {
  readonly method?: "GET" | "POST";
  /** Taken in turn; `/` where none is given. */
  readonly paths?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connections, each with one request at a time; 64 where none is given. */
  readonly connections?: number;
  /** Requests sent together on a connection; 1 where none is given. */
  readonly depth?: number;
}

/** What wrk counted. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Latency, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Requests that failed: a status over 399, or an error of the connection. */
  readonly failed: number;
  /** Which, for people; empty where none failed. */
  readonly failures: string;
}

/** One thread of wrk on one processor for some seconds; fractions are possible. */
export async function wrk(port: number, seconds: number, asked: Ask, cpu: string): Promise<Load> {
  const dir = mkdtempSync(join(tmpdir(), "portico-wrk-"));
  const plan = join(dir, "plan.lua");
  writeFileSync(plan, planText(asked));
  try {
    const script = join(import.meta.dirname, "wrk.lua");
    const connections = asked.connections ?? 64;
    // Its longest time is only a limit: it ends, and counts, when it is interrupted.
    const limits = ["-t1", `-c${connections}`, `-d${Math.ceil(seconds) + 5}s`, "--timeout", "10s"];
    const url = `http://127.0.0.1:${port}/`;
    const child = spawn("taskset", ["-c", cpu, "wrk", ...limits, "-s", script, url], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, WRK_PLAN: plan },
    });
    let timer: NodeJS.Timeout | undefined;
    child.stderr.once("data", () => {
      timer = setTimeout(() => child.kill("SIGINT"), seconds * 1000);
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    await new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));
    clearTimeout(timer);
    return parse(said);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function parse(said: string): Load {
  const text = /^result (\{.*\})$/m.exec(said)?.[1];
  if (text === undefined) throw new Error(`wrk failed: ${said.trim().slice(-300)}`);
  const counted = JSON.parse(text) as Record<string, number>;
  const kinds = ["connect", "read", "write", "status", "timeout"].filter((kind) => counted[kind]! > 0);
  return {
    requests: counted["requests"]!,
    seconds: counted["microseconds"]! / 1e6,
    bytes: counted["bytes"]!,
    p50: counted["p50"]! / 1000,
    p99: counted["p99"]! / 1000,
    p999: counted["p999"]! / 1000,
    failed: kinds.reduce((sum, kind) => sum + counted[kind]!, 0),
    failures: kinds.map((kind) => `${counted[kind]} ${kind}`).join(", "),
  };
}

function planText(asked: Ask): string {
  const headers = Object.entries(asked.headers ?? {});
  const pairs = headers.map(([name, value]) => `[${quote(name)}]=${quote(value)}`);
  return `plan = {
  method = ${quote(asked.method ?? "GET")},
  paths = {${(asked.paths ?? ["/"]).map(quote).join(",")}},
  headers = {${pairs.join(",")}},
  body = ${asked.body === undefined ? "nil" : quote(asked.body)},
  depth = ${asked.depth ?? 1},
}
`;
}

/** A string of Lua. */
function quote(text: string): string {
  return `"${text.replace(/[\\"\n\r]/g, (character) => `\\${String(character.charCodeAt(0)).padStart(3, "0")}`)}"`;
}
