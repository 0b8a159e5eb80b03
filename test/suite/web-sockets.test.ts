import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { poll } from "../support/poll.ts";
import type { RunningPortico } from "../support/portico.ts";
import { type Front, startApp, startFront } from "./instance.ts";
import { hostOf } from "./site.ts";
import type { AppFile } from "./target.ts";

const apps = {
  listener: "a listener whose module exports upgrade",
  fastify: "Fastify",
  "http-server": "an http.Server",
} satisfies Partial<Record<AppFile, string>>;
const files = Object.keys(apps) as (keyof typeof apps)[];

describe("WebSocket", () => {
  let front: Front;
  before(async () => {
    front = await startFront(files);
  });
  after(() => front?.stop());

  for (const app of files) {
    describe(`with ${apps[app]}`, () => {
      let portico: RunningPortico;
      before(async () => {
        portico = await startApp(front, app);
      });
      after(() => portico?.stop());

      for (const wire of ["HTTP direct", "NGINX proxy_pass"] as const) {
        const connect = (path: string): WebSocket => {
          const direct = wire === "HTTP direct";
          const port = direct ? portico.port : front.port;
          const headers = { "X-Name": "Ada", ...(direct ? {} : { Host: hostOf(app, "proxy") }) };
          return new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
        };

        it(`carries messages both ways over ${wire}`, async () => {
          const socket = connect("/ws");
          const messages = received(socket);
          assert.equal((await messages.next()).value, "welcome Ada");
          const large = "0123456789".repeat(100_000);
          for (const text of ["one", "two", large]) socket.send(text);
          for (const text of ["one", "two", large]) assert.equal((await messages.next()).value, text);
          socket.send("bye");
          const [code, reason] = (await once(socket, "close")) as [number, Buffer];
          assert.deepEqual([code, reason.toString()], [4000, "as you wish"]);
        });

        it(`lets the app refuse over ${wire}`, async () => {
          const [, response] = (await once(connect("/other"), "unexpected-response")) as [
            unknown,
            IncomingMessage,
          ];
          assert.equal(response.statusCode, 404);
          response.resume();
        });

        it(`leaves nothing of a client that just goes over ${wire}`, async () => {
          const socket = connect("/ws");
          await once(socket, "message");
          const open = async (): Promise<number> => (await portico.status()).workers[0]!.connections;
          const before = await open();
          socket.terminate();
          await poll(open, (connections) => connections < before);
        });
      }
    });
  }
});

/** A client's messages as text, from now on. */
async function* received(socket: WebSocket): AsyncGenerator<string> {
  const waiting: string[] = [];
  let wake = (): void => {};
  socket.on("message", (data) => {
    waiting.push(data.toString());
    wake();
  });
  for (;;) {
    while (waiting.length > 0) yield waiting.shift()!;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
