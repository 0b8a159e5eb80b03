import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { type GatewayServer, gatewayServer } from "../support/gateway-server.ts";
import { withoutNginx } from "./private-site-nginx.ts";
import { type ServedSite, serveSite } from "./served-site.ts";

/** A client, the generated site, and Portico's own HTTP behind it: what one takes for a body, so does the other. */
const skip = withoutNginx;
const cleanUp: (() => Promise<void>)[] = [];
const scope = { after: (action: () => Promise<void>) => cleanUp.push(action) };
let server: GatewayServer;
let site: ServedSite;
const seen: string[] = [];

before(async () => {
  if (skip !== false) return;
  server = await gatewayServer(
    (exchange) => {
      seen.push(`${exchange.request.method} ${exchange.request.target}`);
      exchange.respond(200, undefined, ["Content-Length", "2"]);
      exchange.write(Buffer.from("ok"));
      exchange.end();
    },
    (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(32 * 1024)),
  );
  cleanUp.push(() => server.close());
  site = await serveSite(scope, [["access", "/admin 10.0.0.0/8"]], () => {}, {
    upstream: { wire: "http", addresses: [`127.0.0.1:${server.port}`] },
  });
});
after(async () => {
  for (const action of cleanUp.reverse()) await action();
});

/** Sends bytes and gives back what comes until NGINX ends the connection, or has answered twice. */
function converse(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(site.port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let text = "";
    socket.on("data", (data) => {
      text += data.toString("latin1");
    });
    // The last request of each says close; what NGINX refuses it closes by itself.
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.setTimeout(8_000, () => socket.destroy());
  });
}

const hidden = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
const last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const post = (fields: string, body: string): string =>
  `POST /post HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}${last}`;

const attempts: Readonly<Record<string, string>> = {
  "Content-Length and Transfer-Encoding": post(
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    `0\r\n\r\n${hidden}`,
  ),
  "two Content-Lengths": post(`Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n`, hidden),
  "a list of lengths": post(`Content-Length: 0, ${hidden.length}\r\n`, hidden),
  "a length with a sign": post(`Content-Length: +${hidden.length}\r\n`, hidden),
  "an encoding that is nearly chunked": post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${hidden}`),
  "an encoding behind white space": post("Transfer-Encoding : chunked\r\n", `0\r\n\r\n${hidden}`),
  "an encoding behind an underscore": post(
    `Transfer_Encoding: chunked\r\nContent-Length: ${hidden.length}\r\n`,
    hidden,
  ),
  "a folded field": post(` Transfer-Encoding: chunked\r\nContent-Length: ${hidden.length}\r\n`, hidden),
  "a chunk with a bad size": post("Transfer-Encoding: chunked\r\n", `0x0\r\n\r\n${hidden}`),
  "a chunk extension with a bare line feed": post("Transfer-Encoding: chunked\r\n", `0;a\n\r\n${hidden}`),
  "a body of a GET": `GET /post HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}${last}`,
  "HTTP/1.0 with chunks": `POST /post HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  "a request line with two spaces": `GET /x HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n${hidden}`,
  "a bare carriage return": post(`X: a\rContent-Length: ${hidden.length}\r\n`, ""),
  "an upgrade that is none": `GET /post HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${hidden}${last}`,
};

for (const [name, bytes] of Object.entries(attempts))
  test(`nothing is smuggled past NGINX: ${name}`, { skip }, async () => {
    seen.length = 0;
    const answer = await converse(bytes);
    assert.ok(!seen.includes("GET /admin"), `${seen}\n${answer}`);
    // NGINX refused it all, or refused /admin itself, or took it for a body.
    assert.match(answer, /^HTTP\/1\.1 (?:200|400|403|411|501)/);
    assert.ok(
      seen.every((line) => ["POST /post", "GET /post", "GET /last"].includes(line)),
      String(seen),
    );
  });

test("a header field cannot be put in by a path, a host or a name", { skip }, async () => {
  for (const bytes of [
    "GET /a%0d%0aX-Remote-User:%20root HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a%0d%0aX: y\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
  ])
    assert.match(await converse(bytes), /^HTTP\/1\.1 (?:200|400)/);
});
