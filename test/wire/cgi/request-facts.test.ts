import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CgiError, cgiRequest, cgiVariables } from "../../../src/wire/cgi/request-facts.ts";

const MINIMAL = { REQUEST_METHOD: "GET", REQUEST_URI: "/", HTTP_HOST: "example.com" };

function request(variables: Record<string, string>, more: string[] = []) {
  return cgiRequest([...Object.entries({ ...MINIMAL, ...variables }).flat(), ...more]);
}

function refused(variables: Record<string, string>, message: RegExp, more: string[] = []): void {
  assert.throws(
    () => request(variables, more),
    (error) => error instanceof CgiError && error.status === 400 && message.test(error.message),
  );
}

describe("cgiRequest", () => {
  it("reads what NGINX's uwsgi_params send", () => {
    const told = cgiRequest(
      Object.entries({
        QUERY_STRING: "a=1",
        REQUEST_METHOD: "POST",
        CONTENT_TYPE: "text/plain",
        CONTENT_LENGTH: "5",
        REQUEST_URI: "/caf%C3%A9?a=1",
        PATH_INFO: "/caf\xc3\xa9",
        DOCUMENT_ROOT: "/usr/share/nginx/html",
        SERVER_PROTOCOL: "HTTP/1.1",
        REQUEST_SCHEME: "https",
        HTTPS: "on",
        REMOTE_ADDR: "203.0.113.7",
        REMOTE_PORT: "40000",
        SERVER_PORT: "443",
        SERVER_NAME: "_",
        HTTP_HOST: "example.com",
        HTTP_USER_AGENT: "x",
        HTTP_CONTENT_TYPE: "text/plain",
        HTTP_CONTENT_LENGTH: "5",
      }).flat(),
    );
    assert.deepEqual(told, {
      method: "POST",
      target: "/caf%C3%A9?a=1",
      httpVersion: "1.1",
      headers: [
        "user-agent",
        "x",
        "host",
        "example.com",
        "content-type",
        "text/plain",
        "content-length",
        "5",
      ],
      host: "example.com",
      scheme: "https",
      remoteAddress: "203.0.113.7",
      remotePort: 40000,
    });
  });

  it("keeps duplicate fields in their order", () => {
    const { headers } = request({}, ["HTTP_X_A", "2", "HTTP_B", "x", "HTTP_X_A", "1"]);
    assert.deepEqual(headers.slice(0, 6), ["x-a", "2", "b", "x", "x-a", "1"]);
  });

  it("passes on no empty CONTENT_TYPE and CONTENT_LENGTH, but an empty field", () => {
    const { headers } = request({ CONTENT_TYPE: "", CONTENT_LENGTH: "", HTTP_X: "" });
    assert.deepEqual(headers, ["x", "", "host", "example.com"]);
  });

  it("passes on Transfer-Encoding only where no length is told", () => {
    const chunked = { HTTP_TRANSFER_ENCODING: "chunked" };
    assert.ok(request(chunked).headers.includes("transfer-encoding"));
    assert.ok(!request({ ...chunked, CONTENT_LENGTH: "5" }).headers.includes("transfer-encoding"));
  });

  it("believes the later of two values, as of a site that sets a variable again", () => {
    const told = request({}, ["HTTP_HOST", "second.example", "REQUEST_METHOD", "PUT"]);
    assert.equal(told.host, "second.example");
    assert.equal(told.method, "PUT");
    assert.deepEqual(told.headers, ["host", "second.example"]);
  });

  it("does not mind a name of Object's", () => {
    const told = request({}, ["__proto__", "x", "constructor", "y"]);
    assert.equal(told.remoteAddress, "");
  });

  const targets: [what: string, variables: Record<string, string>, target: string, method?: string][] = [
    ["as sent", { REQUEST_URI: "/a%2Fb//c/../d?x=%20&y" }, "/a%2Fb//c/../d?x=%20&y"],
    ["of absolute form", { REQUEST_URI: "http://other.example:81/p?q" }, "/p?q"],
    ["of absolute form without a path", { REQUEST_URI: "HTTPS://other.example" }, "/"],
    ["of absolute form with a query only", { REQUEST_URI: "http://other.example?q" }, "/?q"],
    ["of two slashes", { REQUEST_URI: "//evil.example/p" }, "//evil.example/p"],
    ["of OPTIONS *", { REQUEST_URI: "*" }, "*", "OPTIONS"],
    ["with raw UTF-8", { REQUEST_URI: "/caf\xc3\xa9" }, "/caf%C3%A9"],
    ["rebuilt", { REQUEST_URI: "", SCRIPT_NAME: "/app", PATH_INFO: "/x", QUERY_STRING: "q" }, "/app/x?q"],
    ["rebuilt from nothing", { REQUEST_URI: "" }, "/"],
    [
      "rebuilt from a decoded path",
      { REQUEST_URI: "", PATH_INFO: "/a b?c#d%\xc3\xa9\r\n;=@" },
      "/a%20b%3Fc%23d%25%C3%A9%0D%0A;=@",
    ],
  ];
  for (const [what, variables, target, method] of targets) {
    it(`gives a target ${what}`, () => {
      assert.equal(request({ ...variables, REQUEST_METHOD: method ?? "GET" }).target, target);
    });
  }

  const hosts: [variables: Record<string, string>, host: string][] = [
    [{ HTTP_HOST: "example.com:8080" }, "example.com:8080"],
    [{ HTTP_HOST: "[::1]:80" }, "[::1]:80"],
    [{ HTTP_HOST: "", SERVER_NAME: "s.example", SERVER_PORT: "8080" }, "s.example:8080"],
    [{ HTTP_HOST: "", SERVER_NAME: "s.example", SERVER_PORT: "80" }, "s.example"],
    [{ HTTP_HOST: "", SERVER_NAME: "s.example", SERVER_PORT: "443", HTTPS: "on" }, "s.example"],
    [{ HTTP_HOST: "", SERVER_NAME: "~^(www|app)\\.x$", SERVER_PORT: "5000" }, "localhost:5000"],
    [{ HTTP_HOST: "", SERVER_NAME: "s.example", SERVER_PORT: "99999" }, "s.example"],
    [{ HTTP_HOST: "" }, "localhost"],
  ];
  for (const [variables, host] of hosts) {
    it(`gives the host ${host} for ${JSON.stringify(variables)}`, () => {
      assert.equal(request(variables).host, host);
    });
  }

  it("says https where any of the variables does", () => {
    assert.equal(request({}).scheme, "http");
    assert.equal(request({ REQUEST_SCHEME: "http", HTTPS: "off" }).scheme, "http");
    assert.equal(request({ REQUEST_SCHEME: "http", HTTPS: "on" }).scheme, "https");
    assert.equal(request({ REQUEST_SCHEME: "https" }).scheme, "https");
    assert.equal(request({ UWSGI_SCHEME: "https" }).scheme, "https");
  });

  it("reads the version, and believes 1.1 where there is none", () => {
    const versions = ["HTTP/1.0", "HTTP/2.0", "HTTP/3", "INCLUDED", ""];
    const read = versions.map((SERVER_PROTOCOL) => request({ SERVER_PROTOCOL }).httpVersion);
    assert.deepEqual(read, ["1.0", "2.0", "3.0", "1.1", "1.1"]);
  });

  it("knows no address of a client on a unix socket, and no port that is none", () => {
    const told = request({ REMOTE_ADDR: "unix:", REMOTE_PORT: "" });
    assert.deepEqual([told.remoteAddress, told.remotePort], ["", 0]);
    assert.equal(request({ REMOTE_PORT: "http" }).remotePort, 0);
    assert.equal(request({ REMOTE_PORT: "65536" }).remotePort, 0);
  });

  it("refuses a method that is none", () => {
    refused({ REQUEST_METHOD: "" }, /REQUEST_METHOD.*got ""/);
    refused({ REQUEST_METHOD: "GET /" }, /REQUEST_METHOD/);
    assert.throws(() => cgiRequest(["REQUEST_URI", "/"]), CgiError);
  });

  for (const REQUEST_URI of [
    "a",
    "/a b",
    "/a\r\nX: y",
    "/a\0",
    "/a\x7f",
    "/a\t",
    "/a#b",
    "*",
    "ftp://h/p",
    "h:80",
  ]) {
    it(`refuses the target ${JSON.stringify(REQUEST_URI)}`, () => refused({ REQUEST_URI }, /request target/));
  }

  it("refuses a path and a query that make no target", () => {
    refused({ REQUEST_URI: "", PATH_INFO: "a" }, /request target/);
    refused({ REQUEST_URI: "", PATH_INFO: "/a", QUERY_STRING: "x y" }, /request target/);
  });

  for (const HTTP_HOST of [
    "a b",
    "a/b",
    "user@a",
    "a:b",
    "a:80:80",
    "a:65536",
    "[::1",
    "a\r\nb",
    "a,b\\c",
    "h\xf6st",
  ]) {
    it(`refuses the host ${JSON.stringify(HTTP_HOST)}`, () => refused({ HTTP_HOST }, /HTTP_HOST/));
  }

  it("refuses a field that could break a line, and a name that is none", () => {
    refused({ HTTP_X: "a\r\nb" }, /HTTP_X/);
    refused({ HTTP_X: "a\0" }, /HTTP_X/);
    refused({ CONTENT_TYPE: "a\nb" }, /CONTENT_TYPE/);
    refused({ HTTP_: "a" }, /"HTTP_"/);
    refused({ "HTTP_A:B": "a" }, /"HTTP_A:B"/);
    refused({ "HTTP_\xc4": "a" }, /header field/);
  });
});

describe("cgiVariables", () => {
  it("joins fields, cookies in their own way, and believes the later of other values", () => {
    const list = [
      "A",
      "1",
      "HTTP_X",
      "1",
      "HTTP_COOKIE",
      "a=1",
      "A",
      "2",
      "HTTP_X",
      "2",
      "HTTP_COOKIE",
      "b=2",
    ];
    const variables = cgiVariables([...list, "HTTP_HOST", "a", "HTTP_HOST", "b"]);
    assert.deepEqual({ ...variables }, { A: "2", HTTP_X: "1, 2", HTTP_COOKIE: "a=1; b=2", HTTP_HOST: "b" });
  });

  it("has no prototype to be reached", () => {
    const variables = cgiVariables(["__proto__", "x", "A", "1"]);
    assert.equal(Object.getPrototypeOf(variables), null);
    assert.deepEqual(Object.keys(variables), ["__proto__", "A"]);
    assert.equal(variables["toString"], undefined);
  });
});
