import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { installSite } from "../../src/nginx/install.ts";
import {
  backend,
  freePort,
  get,
  type PrivateSiteNginx,
  privateSiteNginx,
  withoutNginx,
} from "./private-site-nginx.ts";
import { settings, siteText } from "./site-input.ts";

/** What the generated site does between a client and the workers, with the real NGINX between them. */
const skip = withoutNginx;
const cleanUp: (() => Promise<void>)[] = [];
const scope = { after: (action: () => Promise<void>) => cleanUp.push(action) };
let own: PrivateSiteNginx;
let port: number;
const connections = new Set<unknown>();
/** Called with each request whose path starts with /held. */
let held: (request: IncomingMessage, respond: ServerResponse) => void = () => {};

before(async () => {
  if (skip !== false) return;
  own = privateSiteNginx(scope);
  port = await freePort();
  const publicDirectory = path.join(own.directory, "public dir");
  mkdirSync(path.join(publicDirectory, "deep"), { recursive: true });
  writeFileSync(path.join(publicDirectory, "a b.txt"), "from disk");
  writeFileSync(path.join(publicDirectory, "deep", "x.css"), "css");
  const sockets = ["a.1.sock", "a.2.sock"];
  for (const socket of sockets) {
    const worker = await backend(scope, path.join(own.directory, socket), (incoming, response) => {
      if (incoming.url?.startsWith("/held")) held(incoming, response);
      else
        response.end(
          JSON.stringify({ url: incoming.url, headers: incoming.headers, raw: incoming.rawHeaders }),
        );
    });
    worker.on("connection", (socketOfNginx) => connections.add(socketOfNginx));
    worker.on("upgrade", (incoming, socketOfNginx) => {
      socketOfNginx.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${incoming.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
      );
      socketOfNginx.pipe(socketOfNginx);
    });
  }
  const text = siteText({
    chdir: own.directory,
    hasIpv6: false,
    upstream: { wire: "http", sockets },
    limitPost: 64 * 1024 * 1024,
    settings: settings(
      ["listen", `${port} default_server`],
      ["static", "/static = public dir"],
      ["static", "/one.txt = public dir/a b.txt"],
    ),
  });
  const results = await installSite(own.nginx, text, "hello");
  assert.equal(results.at(-1)?.outcome, "done", JSON.stringify(results));
});

after(async () => {
  for (const action of cleanUp) await action();
});

/** Sends bytes as they are; gives back the body of the answer. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  // Not ended: NGINX takes a client that has ended for one that went away.
  socket.write(bytes);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

const hosts: (readonly [why: string, head: string, host: string])[] = [
  ["its port and case are kept", "GET / HTTP/1.0\r\nHost: LocalHost:8080", "LocalHost:8080"],
  ["an IPv6 address", "GET / HTTP/1.0\r\nHost: [::1]:8080", "[::1]:8080"],
  ["HTTP/1.0 without one", "GET / HTTP/1.0", "localhost"],
  ["the request line's counts", "GET http://good/ HTTP/1.0\r\nHost: evil:8080", "good"],
  ["the request line's agrees", "GET http://good:81/ HTTP/1.0\r\nHost: good:81", "good:81"],
];
for (const [why, head, host] of hosts)
  test(`Host as it was asked for: ${why}`, { skip }, async () => {
    const { headers } = JSON.parse(await raw(`${head}\r\n\r\n`));
    assert.equal(headers.host, host);
    assert.equal(headers["x-forwarded-host"], host);
  });

test("nothing that a client says about itself is taken for NGINX's word", { skip }, async () => {
  const { headers } = JSON.parse(
    (
      await get(port, "/", {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Host": "evil",
        "X-Forwarded-Port": "666",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Scheme": "https",
        "X-Forwarded-Ssl": "on",
        "X-Remote-User": "root",
        "X-Real-IP": "6.6.6.6",
        Forwarded: "for=6.6.6.6",
      })
    ).body,
  );
  assert.equal(headers["x-forwarded-for"], "6.6.6.6, 127.0.0.1");
  assert.equal(headers["x-forwarded-host"], `127.0.0.1:${port}`);
  assert.equal(headers["x-forwarded-proto"], "http");
  assert.equal(headers["x-real-ip"], "127.0.0.1");
  assert.equal(headers["x-forwarded-port"], undefined);
  assert.equal(headers.forwarded, undefined);
  for (const name of ["prefix", "scheme", "ssl"]) assert.equal(headers[`x-forwarded-${name}`], undefined);
  assert.equal(headers["x-remote-user"], undefined);
});

test("connections to the workers are kept", { skip }, async () => {
  for (let i = 0; i < 4; i++) await get(port);
  const before = connections.size;
  for (let i = 0; i < 20; i++) assert.equal((await get(port)).status, 200);
  // Two workers of NGINX, each keeping connections of its own.
  assert.ok(connections.size - before <= 4, `${connections.size - before} new connections`);
});

test("the target reaches the app as it was sent", { skip }, async () => {
  for (const target of ["/a%2Fb//c/?q=%20", "/static/no%2Fsuch%20file?x", "/static/", "/static"])
    assert.equal(JSON.parse((await get(port, target)).body).url, target);
});

test("static files come from disk, what is not there from the app", { skip }, async () => {
  assert.equal((await get(port, "/static/a%20b.txt")).body, "from disk");
  assert.equal((await get(port, "/static/deep/x.css")).body, "css");
  assert.equal((await get(port, "/one.txt")).body, "from disk");
  assert.equal(JSON.parse((await get(port, "/static/deep")).body).url, "/static/deep");
  assert.equal((await get(port, "/static/../../nginx.conf")).body.includes("worker_processes"), false);
  assert.equal((await get(port, "/static/%2e%2e/nginx.conf")).body.includes("worker_processes"), false);
});

test("a WebSocket upgrade passes, bytes go both ways", { skip }, async () => {
  const outgoing = request({
    port,
    headers: { Connection: "Upgrade", Upgrade: "WebSocket", "Sec-WebSocket-Version": "13" },
  });
  outgoing.end();
  const [response, socket] = await once(outgoing, "upgrade");
  assert.equal(response.headers.upgrade, "websocket");
  socket.write("there and back");
  assert.equal(String((await once(socket, "data"))[0]), "there and back");
  socket.destroy();
});

test("any other upgrade is left out", { skip }, async () => {
  const { headers } = JSON.parse((await get(port, "/", { Connection: "Upgrade", Upgrade: "h2c" })).body);
  assert.equal(headers.upgrade, undefined);
  assert.notEqual(headers.connection, "upgrade");
});

test("a page is streamed, in gzip too", { skip }, async () => {
  let release = (): void => {};
  held = (_, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.write("first");
    release = () => response.end("last");
  };
  const outgoing = request({ port, path: "/held", headers: { "Accept-Encoding": "gzip" }, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.equal(response.headers["content-encoding"], "gzip");
  // The app ends only when the first part was seen here: with buffering this would not end.
  await once(response, "data");
  release();
  response.resume();
  await once(response, "end");
});

test("an upload reaches the app while it is being sent, and is held back by it", { skip }, async () => {
  let inApp: IncomingMessage | undefined;
  const arrived = new Promise<void>((resolve) => {
    held = (incoming, response) => {
      inApp = incoming;
      incoming.once("readable", resolve);
      incoming.once("end", () => response.end("taken"));
    };
  });
  const total = 32 * 1024 * 1024;
  const outgoing = request({
    port,
    path: "/held",
    method: "POST",
    headers: { "Content-Length": total },
    agent: false,
  });
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  const send = (): void => {
    while (sent < total) {
      sent += chunk.length;
      if (!outgoing.write(chunk)) {
        outgoing.once("drain", send);
        return;
      }
    }
    outgoing.end();
  };
  send();
  // The app has it in hand before the client is done, and has read none of it.
  await arrived;
  assert.ok(sent < total / 2, `${sent} bytes were taken from the client, the app has read none`);
  inApp?.resume();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  response.resume();
  await once(response, "end");
});

test("a body over the limit is refused", { skip }, async () => {
  const outgoing = request({
    port,
    method: "POST",
    headers: { "Content-Length": 64 * 1024 * 1024 + 1, Expect: "100-continue" },
    agent: false,
  });
  outgoing.flushHeaders();
  outgoing.on("error", () => {});
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 413);
  outgoing.destroy();
});

test("a worker that went away: what may be repeated goes to the other one, the rest fails", {
  skip,
}, async () => {
  const asked: string[] = [];
  held = (incoming, response) => {
    asked.push(incoming.method ?? "");
    if (asked.length === 1) incoming.socket.destroy();
    else response.end("from the other");
  };
  const answer = await get(port, "/held");
  assert.deepEqual([answer.status, answer.body], [200, "from the other"]);
  asked.length = 0;
  const outgoing = request({ port, path: "/held", method: "POST", agent: false });
  outgoing.end("x");
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 502);
  assert.deepEqual(asked, ["POST"]);
  response.resume();
});

test("the site works over TCP too", { skip }, async (t) => {
  const server = createServer((_, response) => response.end("over TCP"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const other = privateSiteNginx(t);
  const otherPort = await freePort();
  const text = siteText({
    hasIpv6: false,
    upstream: { wire: "http", addresses: [`127.0.0.1:${address.port}`] },
    settings: settings(["listen", String(otherPort)]),
  });
  const results = await installSite(other.nginx, text, "tcp");
  assert.equal(results.at(-1)?.outcome, "done");
  assert.equal((await get(otherPort)).body, "over TCP");
  server.closeAllConnections();
  server.close();
});
