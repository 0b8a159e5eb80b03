import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { readCorpus } from "../corpus/read-corpus.ts";
import { freePort } from "../support/free-port.ts";
import { type GatewayServer, gatewayServer } from "../support/gateway-server.ts";
import { type PrivateNginx, startNginx } from "../support/private-nginx.ts";
import { diceOf } from "./dice.ts";
import { DIFFERENCES } from "./differences.ts";
import { ourReading } from "./our-reading.ts";
import { connectionText } from "./request-grammar.ts";

/** Connections open at a time. */
const AT_ONCE = 16;

/** The corpus, what our decoder and node's tell apart, and bytes made up of what recipients disagree on: always the same. */
const CASES: readonly string[] = [
  ...readCorpus(new URL("../corpus/http1/", import.meta.url), "http").map(({ bytes }) =>
    bytes.toString("latin1"),
  ),
  ...DIFFERENCES.map(({ example }) => example),
  ...Array.from({ length: 500 }, (_, seed) => connectionText(diceOf(seed))),
];

/** What the app was asked for. */
interface Asked {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

for (const [title, directives] of [
  ["as sites are written", ""],
  [
    "that waits for nothing and lets all names through",
    "proxy_request_buffering off; ignore_invalid_headers off; underscores_in_headers on;",
  ],
] as const) {
  describe(`behind an NGINX ${title}`, () => {
    let app: GatewayServer;
    let nginx: PrivateNginx;
    /** By the client's address, which NGINX tells in a field and in its log; each case has its own. */
    const asked = new Map<string, Asked[]>();
    const logged = new Map<string, string[]>();

    before(async () => {
      app = await gatewayServer(
        async (exchange) => {
          const { method, target, headers } = exchange.request;
          const body = await bodyOf(exchange);
          const client = fieldOf(headers, "X-Client");
          asked.set(client, [...(asked.get(client) ?? []), { method, target, body }]);
          exchange.respond(200, undefined, ["Content-Length", "0"]);
          exchange.end();
        },
        (gateway, transport) => new HttpConnection(gateway, transport, http1Limits(32_768)),
      );
      const port = await freePort();
      nginx = await startNginx({ http: site(port, app.port, directives) });
      for (let at = 0; at < CASES.length; at += AT_ONCE) {
        await Promise.all(CASES.slice(at, at + AT_ONCE).map((text, more) => send(port, at + more, text)));
      }
      for (const line of (await readFile(join(nginx.dir, "requests.log"), "latin1")).split("\n")) {
        const [client = "", status, request = ""] = line.split("|");
        // 200 is the app's; without it NGINX or our listener refused.
        if (status === "200") logged.set(client, [...(logged.get(client) ?? []), request]);
      }
    });
    after(async () => {
      await nginx?.stop();
      await app?.close();
    });

    test("the app sees the requests that NGINX passed on, and no other", () => {
      assert.ok([...asked.values()].flat().length > CASES.length / 3, "some do get through");
      for (const [at, text] of CASES.entries()) {
        const seen = (asked.get(clientOf(at)) ?? []).map(({ method }) => method);
        const passed = (logged.get(clientOf(at)) ?? []).map((request) => request.split(" ", 1)[0]);
        assert.deepEqual(seen, passed, JSON.stringify(text));
      }
      assert.deepEqual(
        [...asked.keys()].filter((client) => !client.startsWith("127.1.")),
        [],
        "nobody's requests",
      );
    });

    test("what NGINX and our decoder both take, they take for the same requests", () => {
      let compared = 0;
      for (const [at, text] of CASES.entries()) {
        const direct = ourReading([Buffer.from(text, "latin1")]).requests.filter(
          ({ isComplete }) => isComplete,
        );
        for (const [index, through] of (asked.get(clientOf(at)) ?? []).entries()) {
          const ours = direct[index];
          if (ours === undefined) break;
          compared++;
          assert.deepEqual(
            { method: through.method, target: through.target, body: through.body },
            { method: ours.method, target: originForm(ours.target), body: ours.body },
            JSON.stringify(text),
          );
        }
      }
      assert.ok(compared > CASES.length / 3, `${compared} compared`);
    });
  });
}

function site(port: number, appPort: number, directives: string): string {
  return `
    log_format requests '$remote_addr|$upstream_status|$request';
    upstream app { server 127.0.0.1:${appPort}; keepalive 4; }
    server {
      listen 127.0.0.1:${port};
      access_log requests.log requests;
      lingering_close off;
      client_max_body_size 0;
      ${directives}
      location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Client $remote_addr;
        proxy_next_upstream off;
        proxy_ignore_client_abort on;
      }
    }`;
}

/** An address of the loopback for each case: ports are used again. */
function clientOf(at: number): string {
  return `127.1.${at >> 8}.${at & 255}`;
}

/** Sends the bytes, ends, and waits until NGINX has closed. */
async function send(port: number, at: number, text: string): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: clientOf(at) });
  socket.on("error", () => {});
  socket.resume().end(text, "latin1");
  // Not by `once`, which rejects where NGINX resets: it does not read what follows a refusal.
  await new Promise((resolve) => socket.once("close", resolve));
}

async function bodyOf({ body }: Exchange): Promise<string> {
  let text = "";
  for (;;) {
    const chunk = body === null ? null : body.read();
    if (chunk === null) return text;
    if (chunk === undefined) await new Promise<void>((resolve) => body!.wait(resolve));
    else text += Buffer.from(chunk).toString("latin1");
  }
}

function fieldOf(headers: readonly string[], name: string): string {
  return headers.find((_, at) => at % 2 === 1 && headers[at - 1] === name) ?? "";
}

/** NGINX passes an absolute form on without scheme and authority. */
function originForm(target: string): string {
  const [, path = ""] = /^https?:\/\/[^/?]*(.*)$/i.exec(target) ?? [undefined, target];
  return path.startsWith("/") || path === "*" ? path : `/${path}`;
}
