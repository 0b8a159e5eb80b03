import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { FastcgiConnection } from "../../src/gateway/fastcgi-connection.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { Router } from "../../src/router/router.ts";
import { cgiVariables } from "../../src/wire/cgi/request-facts.ts";
import { freePort } from "../support/free-port.ts";
import { converse, type GatewayServer, gatewayServer } from "../support/gateway-server.ts";
import { hasNginx, type PrivateNginx, startNginx } from "../support/private-nginx.ts";
import { fakeBackend, respond, textOf } from "./fake-backend.ts";

/** What the same request gives a worker: behind NGINX's `uwsgi_pass`, and behind the router. */
type Differences = Record<string, readonly [nginx: string | undefined, router: string | undefined]>;

interface Case {
  readonly title: string;
  /** Request line, then fields; Host is added. */
  readonly lines: readonly string[];
  readonly body?: string;
  /** Beside ALWAYS. */
  readonly differ?: Differences;
  readonly sameBody?: string;
}

const HOST = "app.example:8080";

/**
 * What differs always: NGINX knows a site's directory and its own port; the router knows the socket's own
 * address and says where the app is mounted; REMOTE_PORT is of the connection. `uwsgi_params` also sends
 * CONTENT_TYPE and CONTENT_LENGTH where they are empty, which is no difference.
 */
const ALWAYS: readonly string[] = [
  "DOCUMENT_ROOT",
  "SERVER_ADDR",
  "SCRIPT_NAME",
  "SERVER_PORT",
  "REMOTE_PORT",
];
/** What the router changes of the variables that it is told over FastCGI as well; the rest is as NGINX said. */
const ROUTERS_OWN: readonly string[] = [
  "PATH_INFO",
  "HTTP_CONTENT_LENGTH",
  "HTTP_TRANSFER_ENCODING",
  "HTTP_PROXY",
];

const CASES: Case[] = [
  {
    title: "a GET as browsers send it",
    lines: [
      "GET /a/b?c=d&e=%20+f HTTP/1.1",
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
      "Accept: text/html,*/*;q=0.8",
      "Accept-Language: de,en;q=0.5",
      "Accept-Encoding: gzip, br",
      'If-None-Match: "abc"',
      "Referer: http://app.example/",
      "Cookie: a=1; b=2",
    ],
  },
  { title: "HEAD of HTTP/1.0", lines: ["HEAD / HTTP/1.0"] },
  { title: "a query that is empty, and one with a question mark", lines: ["GET /?a?b HTTP/1.1"] },
  { title: "a path of percent-encoded bytes", lines: ["GET /caf%C3%A9/a%2Fb%20c%25/%ff?x=%C3%A9 HTTP/1.1"] },
  { title: "repeated fields", lines: ["GET / HTTP/1.1", "X-A: 1", "x-a: 2", "Cookie: a=1", "Cookie: b=2"] },
  { title: "a field with an underscore", lines: ["GET / HTTP/1.1", "X_A: 1", "X-B: 2"] },
  { title: "a value of latin1", lines: ["GET / HTTP/1.1", "X-A: caf\xe9 \xff"] },
  {
    title: "fields of the connection",
    lines: ["GET / HTTP/1.1", "Upgrade: h2c", "TE: trailers", "Keep-Alive: 5"],
  },
  {
    title: "a POST",
    lines: ["POST /form HTTP/1.1", "Content-Type: text/plain; charset=utf-8", "Content-Length: 5"],
    body: "hello",
    sameBody: "hello",
    differ: {
      HTTP_CONTENT_TYPE: ["text/plain; charset=utf-8", undefined],
      HTTP_CONTENT_LENGTH: ["5", undefined],
    },
  },
  {
    title: "a body of no bytes",
    lines: ["PUT / HTTP/1.1", "Content-Length: 0"],
    differ: { HTTP_CONTENT_LENGTH: ["0", undefined] },
  },
  {
    // NGINX waits for all of it and counts.
    title: "a chunked body",
    lines: ["POST / HTTP/1.1", "Transfer-Encoding: chunked"],
    body: "5\r\nhello\r\n0\r\n\r\n",
    sameBody: "hello",
    differ: {
      CONTENT_LENGTH: ["5", "to-end"],
      HTTP_TRANSFER_ENCODING: ["chunked", undefined],
    },
  },
  {
    // NGINX resolves dots and merges slashes, to choose a location. The app chooses by itself.
    title: "a path with dots and double slashes",
    lines: ["GET //a/./b/../c//d HTTP/1.1"],
    differ: { PATH_INFO: ["/a/c/d", "//a/./b/../c//d"] },
  },
  {
    // Programs take HTTP_PROXY for a setting (CVE-2016-5385).
    title: "a Proxy field",
    lines: ["GET / HTTP/1.1", "Proxy: http://evil"],
    differ: { HTTP_PROXY: ["http://evil", undefined] },
  },
];

describe("the router gives a worker what NGINX gives it", { skip: !hasNginx() }, () => {
  let nginx: PrivateNginx;
  let http: GatewayServer;
  let uwsgiPort: number;
  let fastcgiPort: number;
  const cleanUp: (() => unknown)[] = [];
  const seen: { variables: Record<string, string>; body: string }[] = [];

  before(async () => {
    const directory = mkdtempSync(join(tmpdir(), "portico-router-"));
    cleanUp.push(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "worker.sock");
    await fakeBackend({ after: (work) => void cleanUp.unshift(work) }, path, async (arrival) => {
      seen.push({ variables: cgiVariables(arrival.list), body: await textOf(arrival) });
      respond(arrival.socket, "");
    });
    const router = new Router({
      backends: [path],
      maxInFlight: 8,
      queueLimit: 8,
      queueTimeout: 10_000,
      connectTimeout: 1_000,
    });
    cleanUp.unshift(() => router.close());
    const handle = (exchange: Exchange): Promise<void> => router.handle(exchange);
    http = await gatewayServer(
      handle,
      (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(32 * 1024)),
    );
    cleanUp.unshift(() => http.close());
    const fastcgi = await gatewayServer(handle, (gateway, socket) => new FastcgiConnection(gateway, socket));
    cleanUp.unshift(() => fastcgi.close());
    uwsgiPort = await freePort();
    fastcgiPort = await freePort();
    nginx = await startNginx({
      http:
        server("uwsgi", uwsgiPort, `unix:${path}`) +
        server("fastcgi", fastcgiPort, `127.0.0.1:${fastcgi.port}`),
    });
    cleanUp.unshift(() => nginx.stop());
  });
  after(async () => {
    for (const work of cleanUp) await work();
  });

  const sendTo = async (port: number, { lines, body = "" }: Case) => {
    const [line, ...fields] = lines;
    const head = [line, `Host: ${HOST}`, ...fields, "Connection: close"];
    const text = await converse(port, `${head.join("\r\n")}\r\n\r\n${body}`);
    assert.match(text, /^HTTP\/1\.1 200 /);
    return seen.pop()!;
  };

  for (const one of CASES) {
    it(`of ${one.title}`, async () => {
      const direct = await sendTo(uwsgiPort, one);
      const routed = await sendTo(http.port, one);
      assert.deepEqual(differences(direct.variables, routed.variables), one.differ ?? {});
      assert.deepEqual([direct.body, routed.body], [one.sameBody ?? "", one.sameBody ?? ""]);
    });

    it(`of ${one.title}, over FastCGI`, async () => {
      const direct = await sendTo(uwsgiPort, one);
      const routed = await sendTo(fastcgiPort, one);
      assert.deepEqual([direct.body, routed.body], [one.sameBody ?? "", one.sameBody ?? ""]);
      const expected = Object.entries(one.differ ?? {}).filter(([name]) => ROUTERS_OWN.includes(name));
      assert.deepEqual(differences(direct.variables, routed.variables), Object.fromEntries(expected));
    });
  }
});

/** Of the variables that are not empty. */
function differences(nginx: Record<string, string>, router: Record<string, string>): Differences {
  const found: Record<string, [string | undefined, string | undefined]> = {};
  for (const name of new Set([...Object.keys(nginx), ...Object.keys(router)])) {
    if (ALWAYS.includes(name)) continue;
    const [one, other] = [nginx[name], router[name]];
    if (one !== other && !(one === "" && other === undefined)) found[name] = [one, other];
  }
  return found;
}

/** As in NGINX's own uwsgi_params and fastcgi_params, where these agree. */
const PARAMETERS = [
  "QUERY_STRING $query_string",
  "REQUEST_METHOD $request_method",
  "CONTENT_TYPE $content_type",
  "CONTENT_LENGTH $content_length",
  "REQUEST_URI $request_uri",
  "PATH_INFO $document_uri",
  "DOCUMENT_ROOT $document_root",
  "SERVER_PROTOCOL $server_protocol",
  "REQUEST_SCHEME $scheme",
  "HTTPS $https if_not_empty",
  "REMOTE_ADDR $remote_addr",
  "REMOTE_PORT $remote_port",
  "SERVER_PORT $server_port",
  "SERVER_NAME $server_name",
];

function server(wire: string, port: number, to: string): string {
  const parameters = PARAMETERS.map((parameter) => `${wire}_param ${parameter};`);
  return `
    server {
      listen 127.0.0.1:${port};
      server_name app.example;
      ${parameters.join("\n")}
      location / { ${wire}_pass ${to}; }
    }`;
}
