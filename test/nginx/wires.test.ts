import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { installSite } from "../../src/nginx/install.ts";
import { freePort, get, privateSiteNginx, type Scope, withoutNginx } from "./private-site-nginx.ts";
import { settings, siteText } from "./site-input.ts";

/** What NGINX says over the binary wires, read off the bytes with no more code than that takes. */
const skip = withoutNginx;

const forged = {
  Host: "Example.com:8080",
  "X-Forwarded-For": "6.6.6.6",
  "X-Forwarded-Port": "666",
  "X-Real-IP": "6.6.6.6",
  Forwarded: "for=6.6.6.6",
  "X-Other": "kept",
  Proxy: "http://evil",
};

function assertVariables(variables: readonly (readonly [string, string])[], port: number): void {
  const names = variables.map(([name]) => name);
  assert.deepEqual([...new Set(names)], names, "no variable is sent twice");
  const map = Object.fromEntries(variables);
  const wanted = {
    REQUEST_METHOD: "GET",
    REQUEST_URI: "/a%20b/?q=%2F",
    SCRIPT_NAME: "",
    PATH_INFO: "/a b/",
    QUERY_STRING: "q=%2F",
    SERVER_PROTOCOL: "HTTP/1.1",
    REQUEST_SCHEME: "http",
    REMOTE_ADDR: "127.0.0.1",
    SERVER_NAME: "example.com",
    SERVER_PORT: String(port),
    HTTP_HOST: "Example.com:8080",
    HTTP_X_FORWARDED_FOR: "6.6.6.6, 127.0.0.1",
    HTTP_X_FORWARDED_HOST: "Example.com:8080",
    HTTP_X_FORWARDED_PROTO: "http",
    HTTP_X_REAL_IP: "127.0.0.1",
    HTTP_X_OTHER: "kept",
  };
  for (const [name, value] of Object.entries(wanted)) assert.equal(map[name], value, name);
  for (const name of ["HTTP_FORWARDED", "HTTP_PROXY", "HTTP_X_FORWARDED_PORT", "HTTPS"])
    assert.ok(!(name in map), name);
}

test("over uwsgi", { skip }, async (t) => {
  const packets: Buffer[] = [];
  const { port } = await installed(t, "uwsgi", (socket, received) => {
    if (received.length < 4 || received.length < 4 + received.readUInt16LE(1)) return 0;
    packets.push(received);
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return received.length;
  });
  assert.equal((await get(port, "/a%20b/?q=%2F", forged)).body, "ok");
  const variables: [string, string][] = [];
  let at = 4;
  const text = (): string => {
    const length = packets[0]!.readUInt16LE(at);
    at += 2 + length;
    return packets[0]!.toString("latin1", at - length, at);
  };
  while (at < packets[0]!.length) variables.push([text(), text()]);
  assertVariables(variables, port);
});

test("over FastCGI, on kept connections", { skip }, async (t) => {
  const params: Buffer[] = [];
  const connections = new Set<Socket>();
  const keepFlags: number[] = [];
  const { port } = await installed(t, "fastcgi", (socket, received) => {
    connections.add(socket);
    let at = 0;
    while (received.length >= at + 8) {
      const [type, length, padding] = [received[at + 1], received.readUInt16BE(at + 4), received[at + 6]!];
      if (received.length < at + 8 + length + padding) return 0;
      if (type === 1) keepFlags.push(received[at + 10]!);
      if (type === 4 && length > 0) params.push(received.subarray(at + 8, at + 8 + length));
      at += 8 + length + padding;
      if (type !== 5 || length > 0) continue;
      const body = Buffer.from("Content-Length: 2\r\n\r\nok");
      const stdout = Buffer.from([1, 6, 0, 1, 0, body.length, 0, 0]);
      const ended = Buffer.from([1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      socket.write(Buffer.concat([stdout, body, ended]));
      return at;
    }
    return 0;
  });
  // More than NGINX has workers, so that some connection is used twice.
  for (let i = 0; i < 8; i++) assert.equal((await get(port, "/a%20b/?q=%2F", forged)).body, "ok");
  assert.deepEqual([...new Set(keepFlags)], [1]);
  assert.ok(connections.size <= 2, `${connections.size} connections`);
  const variables: [string, string][] = [];
  const bytes = params[0]!;
  let at = 0;
  const length = (): number => {
    if (bytes[at]! < 128) return bytes[at++]!;
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  while (at < bytes.length) {
    const [nameLength, valueLength] = [length(), length()];
    const name = bytes.toString("latin1", at, at + nameLength);
    at += nameLength;
    variables.push([name, bytes.toString("latin1", at, at + valueLength)]);
    at += valueLength;
  }
  assertVariables(variables, port);
});

/** A site over that wire; `answer` gets what has come on a connection and returns how much of it is done with. */
async function installed(
  scope: Scope,
  wire: "uwsgi" | "fastcgi",
  answer: (socket: Socket, received: Buffer) => number,
): Promise<{ port: number }> {
  const own = privateSiteNginx(scope);
  const file = path.join(own.directory, "a.sock");
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      received = received.subarray(answer(socket, received));
    });
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  chmodSync(file, 0o777);
  scope.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = await freePort();
  mkdirSync(path.join(own.directory, "dist"));
  writeFileSync(path.join(own.directory, "dist/index.txt"), "from disk");
  const text = siteText({
    chdir: own.directory,
    hasIpv6: false,
    upstream: { wire, sockets: ["a.sock"] },
    settings: settings(["listen", String(port)], ["static", "/ = dist"]),
  });
  const results = await installSite(own.nginx, text, "wire");
  assert.equal(results.at(-1)!.outcome, "done", results.at(-1)!.detail);
  assert.equal((await get(port, "/index.txt")).body, "from disk");
  return { port };
}
