import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import type { RequestBody } from "../../src/app/exchange.ts";
import { packetVariables } from "../../src/router/variables.ts";
import { FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";
import { type Arrival, respond } from "./fake-backend.ts";
import { routerServer } from "./router-server.ts";

function variablesOf(request: FakeRequest, body: RequestBody | null = null): Record<string, string> {
  const list = packetVariables(new FakeExchange(request).request, body);
  const variables: Record<string, string> = {};
  for (let i = 0; i < list.length; i += 2) {
    assert.equal(variables[list[i]!], undefined, `${list[i]} comes once`);
    variables[list[i]!] = list[i + 1]!;
  }
  return variables;
}

const lengthOf = (length: number | undefined): RequestBody => ({ length, read: () => null, wait: () => {} });

describe("the path", () => {
  const paths: [target: string, pathInfo: string, query: string][] = [
    ["/", "/", ""],
    ["/a/b?c=d?e", "/a/b", "c=d?e"],
    ["/?", "/", ""],
    ["/caf%C3%A9/%e2%82%ac", "/caf\xc3\xa9/\xe2\x82\xac", ""],
    ["/a%2Fb%20c%25%32%35", "/a/b c%25", ""],
    ["/%zz%4/%", "/%zz%4/%", ""],
    ["/%ff%00", "/\xff\0", ""],
    ["//a/../b/./", "//a/../b/./", ""],
    ["/a%3Fb?%C3%A9", "/a?b", "%C3%A9"],
    ["*", "*", ""],
  ];
  for (const [target, pathInfo, query] of paths) {
    it(`${target} is decoded to its own bytes, the query is not`, () => {
      const variables = variablesOf({ target });
      assert.equal(variables["SCRIPT_NAME"], "");
      assert.equal(variables["PATH_INFO"], pathInfo);
      assert.equal(variables["QUERY_STRING"], query);
      assert.equal(variables["REQUEST_URI"], target);
    });
  }

  it("is what a web server has split, where the two halves make it up", () => {
    const target = "/api/caf%C3%A9?x";
    for (const [told, scriptName, pathInfo] of [
      [{ SCRIPT_NAME: "/api", PATH_INFO: "/caf\xc3\xa9" }, "/api", "/caf\xc3\xa9"],
      [{ SCRIPT_NAME: "/other", PATH_INFO: "/caf\xc3\xa9" }, "", "/api/caf\xc3\xa9"],
      // What fastcgi_params alone says.
      [{ SCRIPT_NAME: "/api/caf\xc3\xa9" }, "", "/api/caf\xc3\xa9"],
      [{ SCRIPT_NAME: "/api/caf\xc3\xa9", PATH_INFO: "" }, "", "/api/caf\xc3\xa9"],
    ] as const) {
      const variables = variablesOf({ target, variables: told });
      assert.deepEqual([variables["SCRIPT_NAME"], variables["PATH_INFO"]], [scriptName, pathInfo]);
    }
  });
});

describe("the body's length", () => {
  it("is the one that the gateway has checked", () => {
    const told = { CONTENT_LENGTH: "7", HTTP_CONTENT_LENGTH: "8", HTTP_TRANSFER_ENCODING: "chunked" };
    const none = variablesOf({ variables: told });
    assert.equal(variablesOf({})["CONTENT_LENGTH"], undefined);
    const known = variablesOf({ variables: told }, lengthOf(5));
    const unknown = variablesOf({ variables: told }, lengthOf(undefined));
    assert.deepEqual(
      [none, known, unknown].map((variables) => variables["CONTENT_LENGTH"]),
      ["0", "5", "to-end"],
    );
    for (const variables of [none, known, unknown]) {
      assert.equal(variables["HTTP_CONTENT_LENGTH"], undefined);
      assert.equal(variables["HTTP_TRANSFER_ENCODING"], undefined);
    }
  });
});

describe("variables", () => {
  it("that a web server added are passed on, those that command a server are not", () => {
    const variables = variablesOf({
      variables: {
        REMOTE_USER: "me",
        DOCUMENT_ROOT: "/srv",
        UWSGI_FILE: "/tmp/evil.py",
        HTTP_PROXY: "http://evil",
        HTTPS: "on",
        SERVER_NAME: "",
      },
    });
    assert.equal(variables["REMOTE_USER"], "me");
    assert.equal(variables["DOCUMENT_ROOT"], "/srv");
    for (const name of ["UWSGI_FILE", "HTTP_PROXY"]) assert.equal(variables[name], undefined, name);
    // The scheme is what the gateway found it to be.
    assert.deepEqual([variables["REQUEST_SCHEME"], variables["HTTPS"]], ["http", undefined]);
    assert.deepEqual([variables["SERVER_NAME"], variables["SERVER_PORT"]], ["localhost", "80"]);
  });

  it("of https say so", () => {
    const variables = variablesOf({ scheme: "https", remotePort: 0 });
    assert.deepEqual([variables["REQUEST_SCHEME"], variables["HTTPS"]], ["https", "on"]);
    assert.equal(variables["SERVER_PORT"], "443");
    assert.equal(variables["REMOTE_PORT"], undefined);
  });

  it("of an HTTP request are all there, repeated fields joined, those with an underscore left out", async (t) => {
    const arrivals: Arrival[] = [];
    const { port } = await routerServer(t, {
      answers: [
        (arrival) => {
          arrivals.push(arrival);
          respond(arrival.socket, "");
        },
      ],
    });
    const socket = connect(port, "127.0.0.1");
    const lines = [
      "POST http://app.example:81/caf%C3%A9/a%2Fb?x=%20&y HTTP/1.1",
      "Host: other.example",
      "Content-Type: text/plain",
      "Content-Length: 0",
      "X-A: 1",
      "x-a: \xe9",
      "X_A: 3",
      "Cookie: a=1",
      "Cookie: b=2",
      "Proxy: http://evil",
      "Connection: close",
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    const clientPort = await new Promise<number>((resolve) => {
      socket.once("connect", () => resolve(socket.localPort!));
    });
    await new Promise((resolve) => socket.resume().once("close", resolve));
    assert.deepEqual(
      { ...arrivals[0]!.variables },
      {
        REQUEST_METHOD: "POST",
        REQUEST_URI: "/caf%C3%A9/a%2Fb?x=%20&y",
        SCRIPT_NAME: "",
        PATH_INFO: "/caf\xc3\xa9/a/b",
        QUERY_STRING: "x=%20&y",
        SERVER_PROTOCOL: "HTTP/1.1",
        SERVER_NAME: "app.example",
        SERVER_PORT: "81",
        SERVER_ADDR: "127.0.0.1",
        REQUEST_SCHEME: "http",
        REMOTE_ADDR: "127.0.0.1",
        REMOTE_PORT: String(clientPort),
        CONTENT_TYPE: "text/plain",
        CONTENT_LENGTH: "0",
        HTTP_HOST: "app.example:81",
        HTTP_X_A: "1, \xe9",
        HTTP_COOKIE: "a=1; b=2",
        HTTP_CONNECTION: "close",
      },
    );
    assert.equal(arrivals[0]!.list.length, 2 * Object.keys(arrivals[0]!.variables).length);
  });

  it("that are more than a packet holds are a 431", async (t) => {
    const { client, backends } = await routerServer(t, { answers: [({ socket }) => respond(socket, "ok")] });
    const large = (size: number): string[] => ["X-Large", "x".repeat(size)];
    assert.equal((await client.ask("/", { headers: large(60_000) })).body, "ok");
    const { status, body } = await client.ask("/", { headers: large(66_000) });
    assert.deepEqual({ status, body }, { status: 431, body: "Request Header Fields Too Large\n" });
    assert.equal(backends[0]!.connections, 1);
  });
});
