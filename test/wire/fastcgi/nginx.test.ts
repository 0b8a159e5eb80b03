import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import * as http from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { REQUEST_COMPLETE } from "../../../src/wire/fastcgi/constants.ts";
import { FastcgiRequestDecoder } from "../../../src/wire/fastcgi/request-decoder.ts";
import {
  encodeEnd,
  encodeHead,
  encodeStderr,
  encodeStdout,
} from "../../../src/wire/fastcgi/response-encoder.ts";
import { fieldLines } from "../../../src/wire/http1/response-encoder.ts";
import { freePort } from "../../support/free-port.ts";
import { startNginx } from "../../support/private-nginx.ts";
import { client } from "../cgi/client.ts";
import { answerTo, nginxSuite, type TinyServer } from "../cgi/nginx-suite.ts";

nginxSuite("FastCGI behind NGINX, a connection a request", "fastcgi", "", () => serve());
nginxSuite("FastCGI behind NGINX, connections kept", "fastcgi", "fastcgi_keep_conn on;", () => serve());

describe("a body that is still on its way", () => {
  it("has no length, and Transfer-Encoding tells that there is one", async () => {
    const sent = new PassThrough();
    // The rest follows when the app has seen the head: NGINX cannot have counted the body by then.
    const server = await serve((length) => {
      assert.equal(length, undefined);
      sent.end("lo");
    });
    const port = await freePort();
    const nginx = await startNginx({ http: site(port, server.port, "fastcgi_request_buffering off;") });
    try {
      sent.write("hel");
      const chunked = { method: "POST", headers: { "Transfer-Encoding": "chunked" } };
      const request = sent.pipe(http.request({ host: "127.0.0.1", port, agent: false, ...chunked }));
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      const told = JSON.parse(await text(response)) as { request: { headers: string[] }; body: string };
      assert.equal(told.body, "hello");
      const at = told.request.headers.indexOf("transfer-encoding");
      assert.equal(told.request.headers[at + 1], "chunked");
      assert.ok(!told.request.headers.includes("content-length"));
    } finally {
      await nginx.stop();
      await server.close();
    }
  });
});

describe("FastCGI connections from NGINX", () => {
  for (const [directive, connections] of [
    ["fastcgi_keep_conn on;", 1],
    ["", 5],
  ] as const) {
    it(`are ${connections} for five requests with "${directive}"`, async () => {
      const server = await serve();
      const port = await freePort();
      const nginx = await startNginx({ http: site(port, server.port, directive) });
      try {
        const send = client(port);
        for (let i = 0; i < 5; i++) {
          const answer = await send("POST", `/${i}`, [], "x".repeat(i * 20_000));
          assert.equal(answer.status, 299);
          assert.match(answer.body, new RegExp(`"target":"/${i}"`));
        }
        assert.equal(server.connections, connections);
        const log = await readFile(join(nginx.dir, "error.log"), "utf8");
        assert.match(log, /FastCGI sent in stderr: "a word for the log"/);
      } finally {
        await nginx.stop();
        await server.close();
      }
    });
  }
});

function site(port: number, appPort: number, directive: string): string {
  return `
    upstream app { server 127.0.0.1:${appPort}; keepalive 4; }
    server {
      listen 127.0.0.1:${port};
      location / { include /etc/nginx/fastcgi_params; fastcgi_pass app; ${directive} }
    }`;
}

async function serve(onParams: OnParams = () => {}): Promise<TinyServer & { readonly connections: number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    answer(socket, onParams);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

type OnParams = (length: number | undefined) => void;

function answer(socket: Socket, onParams: OnParams): void {
  const decoder = new FastcgiRequestDecoder(4096);
  let request = { variables: [] as string[], body: [] as Buffer[], keep: false };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    decoder.push(chunk);
    for (let event = decoder.next(); event.type !== "need-data"; event = decoder.next()) {
      if (event.type === "begin") request = { variables: [], body: [], keep: event.keepConnection };
      else if (event.type === "params") {
        request.variables = event.variables;
        onParams(event.length);
      } else if (event.type === "data") request.body.push(event.chunk);
      else if (event.type === "end") {
        respond(socket, event.requestId, request);
        decoder.finish(event.requestId);
      } else assert.fail(`NGINX sends no ${event.type}`);
    }
  });
}

function respond(
  socket: Socket,
  id: number,
  request: { variables: string[]; body: Buffer[]; keep: boolean },
): void {
  const { headers, body } = answerTo(request.variables, Buffer.concat(request.body));
  const head = Buffer.from(encodeHead(299, "Very Fine", fieldLines(headers)), "latin1");
  const log = Buffer.from("a word for the log");
  // One packet: on a kept TCP connection a second one would wait for the first to be acknowledged, 40 ms.
  socket.cork();
  for (const bytes of [...encodeStderr(id, log), ...encodeStdout(id, head), ...encodeStdout(id, body)]) {
    socket.write(bytes);
  }
  socket.write(encodeEnd(id, 0, REQUEST_COMPLETE, true));
  socket.uncork();
  if (!request.keep) socket.end();
}
