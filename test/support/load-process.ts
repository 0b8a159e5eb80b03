import { Agent, request } from "node:http";

/**
 * A client in a process of its own: `node load-process.ts PORT CLIENTS [PATH]` asks again and again on kept
 * connections until its standard input ends or 60 s have passed, then prints what came of it as JSON.
 * Every error and every status but 200 is a failed request; none is tried again.
 */
const [, , port, clients, path = "/"] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: Number(clients) });
const outcome = { requests: 0, failures: [] as string[], answers: {} as Record<string, number> };
let going = true;
const end = setTimeout(() => (going = false), 60_000);
process.stdin.resume().once("end", () => (going = false));

function ask(): Promise<void> {
  return new Promise((resolve) => {
    outcome.requests += 1;
    const fail = (why: string): void => {
      outcome.failures.push(why);
      resolve();
    };
    const outgoing = request({ host: "127.0.0.1", port: Number(port), path, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("error", (error) => fail(`broken response: ${error.message}`));
      response.on("end", () => {
        if (response.statusCode !== 200) return fail(`status ${response.statusCode}: ${text.slice(0, 80)}`);
        outcome.answers[text] = (outcome.answers[text] ?? 0) + 1;
        resolve();
      });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => fail(`${error.code}: ${error.message}`));
    outgoing.end();
  });
}

async function client(): Promise<void> {
  while (going) await ask();
}

process.stdout.write("started\n");
await Promise.all(Array.from({ length: Number(clients) }, client));
clearTimeout(end);
agent.destroy();
process.stdout.write(`${JSON.stringify(outcome)}\n`);
process.stdin.destroy();
