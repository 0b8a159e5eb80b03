import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PythonProject } from "./python-module.ts";

/** Who is asked, and as whom: as the app's workers are run. */
export interface Asking {
  /** The interpreter. */
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** What the settings say. Paths are absolute; null: nothing. */
export interface DjangoSettings {
  readonly staticUrl: string | null;
  readonly staticRoot: string | null;
  readonly mediaUrl: string | null;
  readonly mediaRoot: string | null;
  /** Whether collectstatic writes into STATIC_ROOT. */
  readonly isUsed: boolean;
  /** Whether it puts hashes into names. */
  readonly isHashed: boolean;
  /** Where the settings are, and BASE_DIR. */
  readonly sources: readonly string[];
}

/** Milliseconds. Settings are read in less than a second, but on a disk that is asleep. */
const TIME_LIMIT = 10_000;
/** Characters of an answer, which is a few hundred. */
const MOST = 64 * 1024;

/** Beside `src` in a checkout and `dist` in the package. */
const QUESTION = fileURLToPath(new URL("../../../python/portico_worker/django_static.py", import.meta.url));

/** Has the project's interpreter read its settings, for ten seconds at most. Never throws. */
export async function askDjango(
  { chdir, pythonpath }: PythonProject,
  settings: string,
  { python, env, uid, gid }: Asking,
): Promise<DjangoSettings | { readonly error: string }> {
  const child = spawn(python, [QUESTION, JSON.stringify({ chdir, pythonpath })], {
    env: { ...env, DJANGO_SETTINGS_MODULE: settings },
    stdio: ["ignore", "pipe", "ignore"],
    ...(gid === undefined ? {} : { gid }),
    ...(uid === undefined ? {} : { uid }),
  });
  let answer = "";
  const failure = await new Promise<string | undefined>((resolve) => {
    const limit = setTimeout(() => resolve(`no answer within ${TIME_LIMIT / 1000} s`), TIME_LIMIT);
    const over = (why?: string): void => {
      clearTimeout(limit);
      resolve(why);
    };
    child.once("error", (error) => over(error.message));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
      // Whatever the settings started may hold the pipe open.
      if (answer.endsWith("\n")) over();
      else if (answer.length > MOST) over("an answer without end");
    });
    child.stdout.once("end", () => over());
  });
  child.kill("SIGKILL");
  child.stdout.destroy();
  return failure === undefined ? read(answer) : { error: failure };
}

function read(answer: string): DjangoSettings | { error: string } {
  let told: Partial<DjangoSettings> & { error?: unknown };
  try {
    told = JSON.parse(answer) as typeof told;
  } catch {
    return { error: "its process ended without an answer" };
  }
  if (typeof told.error === "string") return { error: oneLine(told.error) };
  const text = (value: unknown): string | null =>
    typeof value === "string" && !/[\x00-\x1f\x7f]/.test(value) ? value : null;
  return {
    staticUrl: text(told.staticUrl),
    staticRoot: text(told.staticRoot),
    mediaUrl: text(told.mediaUrl),
    mediaRoot: text(told.mediaRoot),
    isUsed: told.isUsed === true,
    isHashed: told.isHashed === true,
    sources: Array.isArray(told.sources) ? told.sources.filter((place) => typeof place === "string") : [],
  };
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 300);
}
