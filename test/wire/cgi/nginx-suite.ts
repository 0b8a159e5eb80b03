import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CgiRequest, cgiRequest, cgiVariables } from "../../../src/wire/cgi/request-facts.ts";
import { freePort } from "../../support/free-port.ts";
import { type PrivateNginx, startNginx } from "../../support/private-nginx.ts";
import { type Answer, client } from "./client.ts";

/** A server on the codecs under test, behind NGINX. It answers every request with `answerTo`. */
export interface TinyServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What the tiny servers answer: JSON that tells what they read, a body of `?size=` bytes in front of it. */
export function answerTo(variables: readonly string[], body: Buffer): { headers: string[]; body: Buffer } {
  const request = cgiRequest(variables);
  const size = Number(new URLSearchParams(request.target.split("?")[1]).get("size") ?? 0);
  const told: Told = { request, variables: cgiVariables(variables), body: body.toString("latin1") };
  return {
    headers: ["content-type", "application/json", "set-cookie", "a=1", "set-cookie", "b=2"],
    body: Buffer.from(" ".repeat(size) + JSON.stringify(told)),
  };
}

interface Told {
  request: CgiRequest;
  variables: Record<string, string>;
  body: string;
}

/**
 * What has to be right on any CGI-like wire behind NGINX, with the parameter file that it comes with.
 * @param wire the prefix of NGINX's directives.
 * @param more directives for the locations.
 */
export function nginxSuite(
  title: string,
  wire: "uwsgi" | "fastcgi",
  more: string,
  serve: () => Promise<TinyServer>,
): void {
  describe(title, () => {
    let server: TinyServer;
    let nginx: PrivateNginx;
    let send: (method: string, path: string, headers?: string[], body?: string) => Promise<Answer>;

    before(async () => {
      server = await serve();
      const port = await freePort();
      nginx = await startNginx({ http: site(wire, more, port, server.port) });
      send = client(port);
    });
    after(async () => {
      await nginx?.stop();
      await server?.close();
    });

    const ask = async (...args: Parameters<typeof send>): Promise<Told> => {
      const answer = await send(...args);
      assert.equal(answer.status, 299, answer.body.slice(0, 500));
      return JSON.parse(answer.body) as Told;
    };

    it("carries a GET", async () => {
      const { request, variables, body } = await ask("GET", "/x?q=1", ["User-Agent", "me"]);
      assert.equal(request.method, "GET");
      assert.equal(request.target, "/x?q=1");
      assert.equal(request.httpVersion, "1.1");
      assert.equal(request.scheme, "http");
      assert.equal(request.remoteAddress, "127.0.0.1");
      assert.ok(request.remotePort > 0);
      assert.match(request.host, /^app\.example/);
      assert.equal(header(request, "user-agent"), "me");
      assert.equal(header(request, "content-length"), undefined);
      assert.equal(variables["QUERY_STRING"], "q=1");
      assert.equal(body, "");
    });

    it("carries a POST with its body", async () => {
      const { request, body } = await ask("POST", "/", ["Content-Type", "text/plain"], "hello");
      assert.equal(header(request, "content-type"), "text/plain");
      assert.equal(header(request, "content-length"), "5");
      assert.equal(body, "hello");
    });

    it("carries a long body both ways", async () => {
      const sent = "0123456789".repeat(30_000);
      const answer = await send("POST", "/?size=300000", [], sent);
      assert.equal(answer.body.indexOf("{"), 300_000);
      assert.equal((JSON.parse(answer.body) as Told).body, sent);
    });

    it("carries a chunked body, which NGINX counts", async () => {
      const { request, body } = await ask("POST", "/", ["Transfer-Encoding", "chunked"], "hello");
      assert.equal(body, "hello");
      assert.equal(header(request, "content-length"), "5");
      assert.equal(header(request, "transfer-encoding"), undefined);
    });

    it("carries a chunked body that NGINX does not wait for", async () => {
      const { body } = await ask("POST", "/unbuffered/", ["Transfer-Encoding", "chunked"], "hello");
      assert.equal(body, "hello");
    });

    it("keeps the percent-encoding of a path", async () => {
      const path = "/a%2Fb//caf%C3%A9/%20/../x?y=%26&z=a+b";
      assert.equal((await ask("GET", path)).request.target, path);
    });

    it("encodes a path again where the site sends a decoded one", async () => {
      const { request } = await ask("GET", "/decoded/a%20b%3Fc%25/caf%c3%a9?y=%26");
      assert.equal(request.target, "/decoded/a%20b%3Fc%25/caf%C3%A9?y=%26");
    });

    it("keeps both of two fields", async () => {
      const { request, variables } = await ask("GET", "/", ["X-A", "1", "X-A", "2", "Cookie", "a=1; b=2"]);
      assert.equal(header(request, "x-a"), "1, 2");
      assert.equal(variables["HTTP_X_A"], "1, 2");
      assert.equal(variables["HTTP_COOKIE"], "a=1; b=2");
    });

    it("tells the site's own name where it hides the Host", async () => {
      const { request } = await ask("GET", "/decoded/", ["Host", "other.example"]);
      assert.match(request.host, /^app\.example:\d+$/);
    });

    it("sends status, reason and duplicate fields back", async () => {
      const answer = await send("GET", "/");
      assert.equal(answer.status, 299);
      assert.equal(answer.reason, "Very Fine");
      assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
    });

    it("serves several requests at once", async () => {
      const told = await Promise.all([1, 2, 3, 4, 5].map((n) => ask("POST", `/${n}`, [], `body ${n}`)));
      assert.deepEqual(
        told.map(({ request, body }) => request.target + body),
        [1, 2, 3, 4, 5].map((n) => `/${n}body ${n}`),
      );
    });
  });
}

function site(wire: string, more: string, port: number, appPort: number): string {
  const pass = `${wire}_pass app; ${more}`;
  return `
    upstream app { server 127.0.0.1:${appPort}; keepalive 4; }
    server {
      listen 127.0.0.1:${port};
      server_name app.example;
      location / { include /etc/nginx/${wire}_params; ${pass} }
      location /unbuffered/ { include /etc/nginx/${wire}_params; ${wire}_request_buffering off; ${pass} }
      location /decoded/ {
        ${wire}_param REQUEST_METHOD $request_method;
        ${wire}_param PATH_INFO $document_uri;
        ${wire}_param QUERY_STRING $query_string;
        ${wire}_param SERVER_NAME $server_name;
        ${wire}_param SERVER_PORT $server_port;
        ${wire}_param HTTP_HOST "";
        ${pass}
      }
    }`;
}

/** The values of a field as one (RFC 9110, section 5.3): NGINX joins duplicates from 1.23 on. */
function header({ headers }: CgiRequest, name: string): string | undefined {
  const values = headers.filter((_, i) => i % 2 === 1 && headers[i - 1] === name);
  return values.length === 0 ? undefined : values.join(", ");
}
