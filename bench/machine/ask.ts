import { Agent, get } from "node:http";
import { createServer } from "node:net";

/** How long a server may take until it answers, milliseconds. */
const START_LIMIT = 30_000;

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address!.port : 0));
    });
  });
}

/** Asks once, on a connection of its own unless an agent is given. @throws Error for any other status */
export function ask(port: number, path = "/", agent: Agent | false = false, status = 200): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: "127.0.0.1", path, agent, timeout: 5_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () =>
        response.statusCode === status ? resolve(text) : reject(new Error(`status ${response.statusCode}`)),
      );
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 5 s"))).on("error", reject);
  });
}

/** Asks many times, one after the other, on kept connections. */
export async function askOften(port: number, times: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < times; i++) await ask(port, "/", agent);
  agent.destroy();
}

/** Polls every 2 ms until somebody answers. @throws Error after 30 s, or when `died` tells why */
export async function answered(
  port: number,
  died: () => string | undefined = () => undefined,
  status = 200,
): Promise<void> {
  const deadline = performance.now() + START_LIMIT;
  for (;;) {
    try {
      await ask(port, "/", false, status);
      return;
    } catch (error) {
      const reason = died();
      if (reason !== undefined) throw new Error(reason, { cause: error });
      if (performance.now() > deadline) throw new Error("no answer in 30 s", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
