import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { requestOf } from "../../src/app/fetch-request.ts";
import { installedRequestOf } from "../../src/app/light-fetch.ts";
import { simpleOrigin, urlAt } from "../../src/app/light-request-url.ts";
import { FakeBody, FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";
import { bothKinds, outcome, seen } from "../support/fetch-classes.ts";

bothKinds();

const post = (body: string | Uint8Array, headers: string[] = []): FakeRequest => ({
  method: "POST",
  body,
  headers,
});

function light(request: FakeRequest): Request {
  const made = installedRequestOf(new FakeExchange(request));
  assert.ok(made, "a light one");
  return made;
}

/** Runs an operation on the native Request of an exchange and on the light one, and wants the same. */
async function same(request: FakeRequest, operation: (request: Request) => unknown): Promise<void> {
  const wanted = await outcome(() => operation(requestOf(new FakeExchange(request))));
  assert.equal(await outcome(() => operation(light(request))), wanted);
}

const browser = [
  "Host",
  "hello.test",
  "Cookie",
  "a=1",
  "X-Twice",
  "1",
  "Accept",
  "text/html, */*;q=0.1",
  "x-twice",
  "2",
  "Cookie",
  "b=2",
  "X-Latin",
  "w\xf6rld",
  "X-Empty",
  "",
  "X-Blank",
  " \t a ",
];

const operations: [what: string, request: FakeRequest, operation: (request: Request) => unknown][] = [
  ["a GET", { headers: browser, target: "/a%20b?q=1" }, seen],
  ["a POST", post("h\xe9", browser), seen],
  ["a POST without a body", { method: "POST" }, seen],
  ["an empty body", post(""), seen],
  ["a GET with a body", { body: "odd" }, seen],
  ["bytes that are no UTF-8", post(new Uint8Array([0xef, 0xbb, 0xbf, 0xff, 65])), seen],
  [
    "fields asked for one by one, and again when all were",
    { headers: browser },
    ({ headers }) => {
      const names = ["cookie", "COOKIE", "x-Twice", "x-empty", "X-BLANK", "x-latin", "accept", "x-none"];
      const asked = () => names.map((name) => [headers.get(name), headers.has(name)]);
      return [asked(), [...headers.keys()], asked()];
    },
  ],
  [
    "fields asked for one by one, and again when one was changed",
    { headers: browser },
    ({ headers }) => {
      const before = [headers.get("cookie"), headers.get("x-twice")];
      headers.append("Cookie", "c=3");
      headers.delete("X-Twice");
      return [before, headers.get("cookie"), headers.has("x-twice")];
    },
  ],
  ["json", post('\ufeff{"a":1}'), (r) => r.json()],
  ["json that is none", post("{"), (r) => r.json()],
  ["arrayBuffer", post("abc"), (r) => r.arrayBuffer()],
  ["bytes", post("abc"), (r) => r.bytes()],
  [
    "blob",
    post("abc", ["Content-Type", "a/B"]),
    async (r) => {
      const b = await r.blob();
      return [b.type, await b.text()];
    },
  ],
  [
    "formData",
    post("a=b+c", ["Content-Type", "application/x-www-form-urlencoded"]),
    async (r) => [...(await r.formData())],
  ],
  [
    "text twice",
    post("abc"),
    async (r) => {
      await r.text();
      return r.text();
    },
  ],
  [
    "text, then json",
    post("1"),
    async (r) => {
      await r.text();
      return r.json();
    },
  ],
  [
    "text, then clone",
    post("1"),
    async (r) => {
      await r.text();
      return r.clone();
    },
  ],
  [
    "text, then new Request",
    post("1"),
    async (r) => {
      await r.text();
      return new Request(r);
    },
  ],
  [
    "text, then body",
    post("1"),
    async (r) => {
      await r.text();
      return [r.bodyUsed, r.body?.locked];
    },
  ],
  [
    "used at once, before it is read",
    post("1"),
    (r) => {
      void r.text();
      return r.bodyUsed;
    },
  ],
  [
    "nothing can be read twice",
    {},
    async (r) => {
      await r.text();
      return [await r.text(), r.bodyUsed, r.body];
    },
  ],
  [
    "body, then text",
    post("abc"),
    async (r) => {
      const { body } = r;
      return [body === r.body, await r.text(), r.bodyUsed];
    },
  ],
  [
    "a locked body",
    post("abc"),
    async (r) => {
      r.body?.getReader();
      return r.text();
    },
  ],
  [
    "chunks",
    post("abc"),
    async (r) => {
      let n = 0;
      for await (const c of r.body ?? []) n += c.length;
      return n;
    },
  ],
  [
    "clone",
    post("abc", browser),
    async (r) => {
      const c = r.clone();
      return [await seen(r), await seen(c)];
    },
  ],
  [
    "new Request",
    post("abc", browser),
    async (r) => {
      const n = new Request(r);
      return [r.bodyUsed, await seen(n)];
    },
  ],
  [
    "new Request with an init",
    post("abc", browser),
    async (r) => seen(new Request(r, { method: "PUT", headers: { a: "1" } })),
  ],
  [
    "new Request of a URL with it as init",
    post("abc", browser),
    async (r) => seen(new Request("http://b.test/", r)),
  ],
  ["a Response of its body", post("abc"), (r) => new Response(r.body).text()],
  [
    "headers are one object",
    { headers: browser },
    (r) => [Object.is(r.headers, r.headers), r.headers instanceof Headers],
  ],
  [
    "headers that were changed",
    post("a", browser),
    async (r) => {
      r.headers.set("X-New", "1");
      r.headers.delete("cookie");
      return [...new Request(r).headers];
    },
  ],
  [
    "a type that was changed",
    post("a"),
    async (r) => {
      r.headers.set("content-type", "c/d");
      return (await r.blob()).type;
    },
  ],
  [
    "headers changed after a body was asked for",
    post("a"),
    async (r) => {
      r.body;
      r.headers.set("a", "1");
      return [...r.clone().headers];
    },
  ],
  ["names", {}, (r) => [Object.prototype.toString.call(r), r instanceof Request]],
  ["nothing of its own is seen", {}, (r) => [Object.keys(r), JSON.stringify(r), Object.entries(r)]],
  ["structuredClone", {}, (r) => structuredClone(r)],
  [
    "its url cannot be set",
    {},
    (r) => {
      (r as { url: string }).url = "x";
    },
  ],
];

describe("a light Request does what a native one does:", () => {
  for (const [what, request, operation] of operations) test(what, () => same(request, operation));
});

describe("a light Request", () => {
  test("arrives chunk by chunk", async () => {
    for (const how of ["text", "json", "bytes"] as const) {
      const body = new FakeBody();
      const reading = light({ method: "POST", body })[how]();
      for (const part of ["[1", ",2", "]"]) {
        await new Promise(setImmediate);
        body.push(part);
      }
      body.push(null);
      const wanted = { text: "[1,2]", json: [1, 2], bytes: new Uint8Array(Buffer.from("[1,2]")) }[how];
      assert.deepEqual(await reading, wanted);
    }
  });

  test("whose body is cut off rejects with that error", async () => {
    const body = new FakeBody();
    const request = light({ method: "POST", body });
    const reading = request.text();
    body.push("some");
    body.push(new Error("cut off"));
    await assert.rejects(reading, { message: "cut off" });
    assert.equal(request.bodyUsed, true);
  });

  test("gives memory of its own", async () => {
    const memory = Buffer.from("shared");
    const bytes = await light(post(memory.subarray(0, 3))).bytes();
    assert.equal(bytes.buffer.byteLength, 3);
    bytes[0] = 0;
    assert.equal(memory.toString(), "shared");
  });

  test("can be fetched, and follows its exchange's signal", async () => {
    const server = createServer((request, response) => {
      request.pipe(response.setHeader("x-got", `${request.method} ${request.headers["x-a"]}`));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const exchange = new FakeExchange({ method: "POST", host, headers: ["X-A", "1"], body: "hello" });
    const response = await fetch(installedRequestOf(exchange)!);
    assert.equal(response.headers.get("x-got"), "POST 1");
    assert.equal(await response.text(), "hello");
    const gone = new FakeExchange({ method: "POST", host, body: new FakeBody() });
    const request = installedRequestOf(gone)!;
    const copies = [request.clone(), new Request(request)];
    gone.clientGone();
    assert.deepEqual(
      copies.map(({ signal }) => signal.aborted),
      [true, true],
    );
    await new Promise((resolve) => server.close(resolve));
  });

  test("a Request that an app makes is one of its class", async () => {
    class Own extends Request {
      own = 1;
    }
    const own = new Own("http://a.test/", { method: "POST", body: "x", signal: AbortSignal.abort() });
    assert.ok(own instanceof Own && own instanceof Request && own.clone() instanceof Request);
    assert.deepEqual(
      [own.url, own.own, own.signal.aborted, own.mode, await own.text()],
      ["http://a.test/", 1, true, "cors", "x"],
    );
    assert.throws(() => new Request("http://user:secret@a.test/"), TypeError);
    assert.throws(() => new (Request as unknown as new () => Request)(), TypeError);
    assert.throws(() => new Request("http://a.test/", { body: "x" }), TypeError);
    assert.equal(await new Request(new Request("http://a.test/", { method: "POST", body: "y" })).text(), "y");
  });

  test("a simple URL is the URL that parsing makes", () => {
    const parts = [
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%2E",
      "%41",
      "a",
      "~",
      "\\",
      "?",
      "#",
      "'",
      '"',
      "^",
      "|",
      "{",
      " ",
      "@",
      ":",
      "[",
      ";",
      "%",
      "\xe9",
      "\t",
    ];
    let seed = 3;
    let simple = 0;
    for (let turn = 0; turn < 4000; turn++) {
      let target = "/";
      for (let part = 0; part < 6; part++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        target += parts[Math.floor((seed / 2_147_483_648) * parts.length)];
      }
      const url = urlAt("http://hello.test", target);
      if (url === `http://hello.test${target}`) simple++;
      assert.equal(url, new URL(`http://hello.test${target}`).href);
    }
    assert.ok(simple > 100, `${simple} were simple`);
    for (const host of [
      "A.test",
      "a.test:80",
      "a.test:8080",
      "1.2",
      "0x7f.1",
      "[2001:DB8::1]:81",
      "b\xfccher.test",
      "a%41.test",
      "",
    ]) {
      const wanted = new URL(`http://${host || "localhost"}/x`).href;
      for (let turn = 0; turn < 2; turn++) assert.equal(`${simpleOrigin("http", host)}/x`, wanted);
    }
    for (const host of ["u@a.test", "a.test/b", "a.test?b", "a.test#b", "a b", "a.test:99999"]) {
      assert.equal(simpleOrigin("http", host), undefined);
    }
  });
});
