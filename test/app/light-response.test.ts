import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { bothKinds, type FetchClasses, same, seen } from "../support/fetch-classes.ts";

const kinds = bothKinds();
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);

/** `new Response(body, init)`: bodies are made anew for each kind, as streams can be read once. */
const constructed: [what: string, body: () => unknown, init?: () => unknown][] = [
  ["nothing", () => undefined],
  ["null", () => null],
  ["text", () => "hello"],
  ["an empty text", () => ""],
  ["text with a mark and more than ASCII", () => "\ufeffh\xe9\u20ac\u{1f600}"],
  ["two marks", () => "\ufeff\ufeffx"],
  ["a lone surrogate", () => "a\ud800b"],
  ["bytes", () => bytes(104, 105)],
  ["bytes with a mark", () => bytes(0xef, 0xbb, 0xbf, 104)],
  ["bytes that are no UTF-8", () => bytes(0xff, 104, 0xe2, 0x82, 0xf0, 0x9f, 0x98)],
  ["no bytes", () => bytes()],
  ["part of a buffer", () => new Uint8Array(bytes(1, 104, 105, 2).buffer, 1, 2)],
  ["a Buffer", () => Buffer.from("hello")],
  ["an ArrayBuffer", () => bytes(104, 105).buffer],
  ["a DataView", () => new DataView(bytes(104, 105).buffer)],
  ["16-bit numbers", () => new Uint16Array([0x6968])],
  ["a Blob", () => new Blob(["hello"], { type: "text/x" })],
  ["URLSearchParams", () => new URLSearchParams("a=b c")],
  ["a stream", () => ReadableStream.from([bytes(104)])],
  [
    "a generator",
    async function* generator() {
      yield bytes(104);
    },
  ],
  ["a number", () => 5],
  ["an object", () => ({ toString: () => "as text" })],
  ["a symbol", () => Symbol("no")],
  ["status 201", () => "x", () => ({ status: 201, statusText: "Made" })],
  ["status 199", () => "x", () => ({ status: 199 })],
  ["status 600", () => "x", () => ({ status: 600 })],
  ["status 599", () => "x", () => ({ status: 599 })],
  ["status 101", () => null, () => ({ status: 101 })],
  ["status 0", () => null, () => ({ status: 0 })],
  ["status NaN", () => null, () => ({ status: Number.NaN })],
  ["status 200.7", () => null, () => ({ status: 200.7 })],
  ["status 65736, which is 200 in 16 bits", () => null, () => ({ status: 65_736 })],
  ['status "404"', () => "x", () => ({ status: "404" })],
  ["status null", () => "x", () => ({ status: null })],
  ...[204, 205, 304].flatMap((status): typeof constructed => [
    [`status ${status} with a body`, () => "x", () => ({ status })],
    [`status ${status} with an empty body`, () => "", () => ({ status })],
    [`status ${status} without a body`, () => null, () => ({ status })],
  ]),
  ["a reason in latin1", () => null, () => ({ statusText: "\xe4" })],
  ["a reason with a line break", () => null, () => ({ statusText: "a\r\nb" })],
  ["a reason outside latin1", () => null, () => ({ statusText: "\u20ac" })],
  ["a reason that is a number", () => null, () => ({ statusText: 5 })],
  ["init null", () => "x", () => null],
  ["init a text", () => "x", () => "no"],
  ["init a function", () => "x", () => Object.assign(() => {}, { status: 202 })],
  ["inherited init", () => "x", () => Object.create({ status: 203, headers: { a: "1" } })],
  ["a record", () => "x", () => ({ headers: { "X-B": "2", "X-A": "1" } })],
  ["a record of one name twice", () => "x", () => ({ headers: { "X-A": "1", "x-a": "2" } })],
  ["a content type", () => "x", () => ({ headers: { "Content-Type": "text/x" } })],
  ["an empty content type", () => "x", () => ({ headers: { "content-type": "" } })],
  ["a content type without a body", () => null, () => ({ headers: { "content-type": "a/b" } })],
  [
    "pairs",
    () => "x",
    () => ({
      headers: [
        ["B", "2"],
        ["a", "1"],
        ["A", "3"],
      ],
    }),
  ],
  [
    "cookies",
    () => "x",
    () => ({
      headers: [
        ["Set-Cookie", "a=1"],
        ["x", "y"],
        ["set-cookie", "b=2"],
      ],
    }),
  ],
  ["pairs of any kind", () => "x", () => ({ headers: new Map([["a", "1"]]) })],
  ["a pair of one", () => "x", () => ({ headers: [["a"]] })],
  ["a pair of three", () => "x", () => ({ headers: [["a", "b", "c"]] })],
  ["a pair that is a text", () => "x", () => ({ headers: ["ab"] })],
  ["headers null", () => "x", () => ({ headers: null })],
  ["headers a text", () => "x", () => ({ headers: "a: b" })],
  ["a value with white space about it", () => "x", () => ({ headers: { a: " \t b\tc \r\n" } })],
  ["a value with a line break", () => "x", () => ({ headers: { a: "b\r\nc: d" } })],
  ["a value with NUL", () => "x", () => ({ headers: { a: "b\0" } })],
  ["a value with another control character", () => "x", () => ({ headers: { a: "b\x01\x7f" } })],
  ["a value in latin1", () => "x", () => ({ headers: { a: "\xe4" } })],
  ["a value outside latin1", () => "x", () => ({ headers: { a: "\u20ac" } })],
  [
    "values that are no texts",
    () => "x",
    () => ({ headers: { a: 5, b: null, c: undefined, d: ["e", "f"] } }),
  ],
  ["a value that is a symbol", () => "x", () => ({ headers: { a: Symbol("no") } })],
  ["a name with a space", () => "x", () => ({ headers: { "a b": "c" } })],
  ["a name with a colon", () => "x", () => ({ headers: { "a:": "c" } })],
  ["no name", () => "x", () => ({ headers: { "": "c" } })],
  ["a name outside latin1", () => "x", () => ({ headers: { "\u20ac": "c" } })],
  ["a name that is a symbol", () => "x", () => ({ headers: { [Symbol("no")]: "c" } })],
  ["a wrong status and a wrong name", () => "x", () => ({ status: 1, headers: { "a b": "c" } })],
];

describe("a light Response is what a native one is: new Response of", () => {
  for (const [what, body, init] of constructed) {
    test(what, () => same(kinds, ({ Response }) => seen(new Response(body() as string, init?.() as object))));
  }
});

type Operation = [what: string, operation: (classes: FetchClasses) => unknown];

const operations: Operation[] = [
  ["Response.json", async ({ Response }) => seen(Response.json({ a: [1, "\xe9"] }, { status: 201 }))],
  [
    "Response.json with a type",
    async ({ Response }) => seen(Response.json(1, { headers: { "Content-Type": "a/b" } })),
  ],
  ["Response.json of nothing", ({ Response }) => (Response.json as () => Response)()],
  ["Response.json of undefined", ({ Response }) => Response.json(undefined)],
  ["Response.json of a function", ({ Response }) => Response.json(() => {})],
  [
    "Response.json of a circle",
    ({ Response }) => {
      const a: unknown[] = [];
      a.push(a);
      return Response.json(a);
    },
  ],
  ["Response.json of a BigInt", ({ Response }) => Response.json(1n)],
  ["Response.json with 204", ({ Response }) => Response.json(1, { status: 204 })],
  [
    "Response.json with toJSON that throws",
    ({ Response }) =>
      Response.json({
        toJSON() {
          throw new RangeError("no");
        },
      }),
  ],
  ["Response.redirect", async ({ Response }) => seen(Response.redirect("http://a.test/b c?d#e"))],
  ["Response.redirect 307", async ({ Response }) => seen(Response.redirect(new URL("http://a.test"), 307))],
  ["Response.redirect 200", ({ Response }) => Response.redirect("http://a.test/", 200 as 302)],
  ["Response.redirect nowhere", ({ Response }) => Response.redirect("/relative")],
  ["Response.redirect without a place", ({ Response }) => (Response.redirect as () => Response)()],
  [
    "a redirect's fields are fixed",
    ({ Response }) => Response.redirect("http://a.test/").headers.set("a", "b"),
  ],
  ["Response.error", async ({ Response }) => seen(Response.error())],
  ["without new", ({ Response }) => (Response as unknown as () => Response)()],
  ["arrayBuffer", ({ Response }) => new Response("h\xe9").arrayBuffer()],
  [
    "arrayBuffer of part of a buffer",
    ({ Response }) => new Response(Buffer.from("abcdef").subarray(2, 4)).arrayBuffer(),
  ],
  ["bytes", ({ Response }) => new Response("h\xe9").bytes()],
  ["bytes of nothing", ({ Response }) => new Response(null).bytes()],
  [
    "blob",
    async ({ Response }) => {
      const b = await new Response("x", { headers: { "content-type": "A/b" } }).blob();
      return [b.type, b.size];
    },
  ],
  [
    "blob with a type set later",
    async ({ Response }) => {
      const r = new Response("x");
      r.headers.set("content-type", "c/d");
      return (await r.blob()).type;
    },
  ],
  ["json", ({ Response }) => new Response('{"a":1}').json()],
  ["json with a mark", ({ Response }) => new Response('\ufeff{"a":1}').json()],
  ["json of bytes", ({ Response }) => new Response(Buffer.from("[1]")).json()],
  ["json that is none", ({ Response }) => new Response("{").json()],
  ["json of nothing", ({ Response }) => new Response(null).json()],
  [
    "formData",
    async ({ Response }) => [
      ...(await new Response("a=b+c&d=%20", {
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }).formData()),
    ],
  ],
  [
    "formData of a FormData",
    async ({ Response }) => {
      const f = new FormData();
      f.append("a", "b");
      return [...(await new Response(f).formData())];
    },
  ],
  ["formData of no form", ({ Response }) => new Response("x").formData()],
  [
    "null can be read twice",
    async ({ Response }) => {
      const r = new Response(null);
      await r.text();
      return [await r.text(), r.bodyUsed];
    },
  ],
  [
    "text, then body",
    async ({ Response }) => {
      const r = new Response("x");
      await r.text();
      return [r.bodyUsed, r.body?.locked];
    },
  ],
  [
    "text, then clone",
    async ({ Response }) => {
      const r = new Response("x");
      await r.text();
      return r.clone();
    },
  ],
  [
    "text, then blob",
    async ({ Response }) => {
      const r = new Response("x");
      await r.text();
      return r.blob();
    },
  ],
  [
    "a failed json uses the body up",
    async ({ Response }) => {
      const r = new Response("{");
      await r.json().catch(() => {});
      return r.bodyUsed;
    },
  ],
  [
    "body is one stream",
    ({ Response }) => {
      const r = new Response("x");
      return [Object.is(r.body, r.body), r.body instanceof ReadableStream];
    },
  ],
  [
    "body, then text",
    async ({ Response }) => {
      const r = new Response("x");
      r.body;
      return [await r.text(), r.bodyUsed];
    },
  ],
  [
    "a locked body",
    async ({ Response }) => {
      const r = new Response("x");
      r.body?.getReader();
      return [r.bodyUsed, await r.text()];
    },
  ],
  [
    "a cancelled body",
    async ({ Response }) => {
      const r = new Response("x");
      await r.body?.cancel();
      return [r.bodyUsed, await r.text()];
    },
  ],
  [
    "the chunks of a body",
    async ({ Response }) => {
      const all = [];
      for await (const c of new Response("hello").body ?? []) all.push(c);
      return all;
    },
  ],
  [
    "tee",
    async ({ Response }) => {
      const [a, b] = new Response("x").body?.tee() ?? [];
      return [await new Response(a).text(), await new Response(b).text()];
    },
  ],
  [
    "clone",
    async ({ Response }) => {
      const r = new Response("x", { status: 201, headers: { a: "1" } });
      const c = r.clone();
      c.headers.set("a", "2");
      return [await seen(r), await seen(c)];
    },
  ],
  [
    "clone of a body that was asked for",
    async ({ Response }) => {
      const r = new Response("x");
      r.body;
      r.headers.set("a", "1");
      const c = r.clone();
      return [await seen(r), await seen(c)];
    },
  ],
  [
    "clone, text of both",
    async ({ Response }) => {
      const r = new Response("x");
      const c = r.clone();
      return [await c.text(), await r.text()];
    },
  ],
  [
    "new Response of another's body",
    async ({ Response }) => {
      const r = new Response("x", { status: 202, headers: { a: "1" } });
      return [await seen(new Response(r.body, r)), r.bodyUsed];
    },
  ],
  [
    "new Response with another as init",
    async ({ Response }) =>
      seen(new Response("y", new Response("x", { status: 202, statusText: "No", headers: { a: "1" } }))),
  ],
  [
    "bytes are copied",
    ({ Response }) => {
      const b = bytes(104);
      const r = new Response(b);
      b[0] = 105;
      return r.text();
    },
  ],
  [
    "given bytes are the reader's own",
    async ({ Response }) => {
      const r = new Response(bytes(104));
      const c = r.clone();
      (await r.bytes())[0] = 105;
      return c.text();
    },
  ],
  [
    "fields are copied",
    ({ Response, Headers }) => {
      const h = new Headers({ a: "1" });
      const r = new Response("", { headers: h });
      h.set("a", "2");
      r.headers.set("b", "3");
      return [[...r.headers], [...h]];
    },
  ],
  [
    "headers are one object",
    ({ Response }) => {
      const r = new Response("");
      return Object.is(r.headers, r.headers);
    },
  ],
  ["headers instanceof", ({ Response, Headers }) => new Response("").headers instanceof Headers],
  [
    "status cannot be set",
    ({ Response }) => {
      const r = new Response("");
      (r as { status: number }).status = 5;
      return r.status;
    },
  ],
  [
    "a subclass",
    async ({ Response }) => {
      class Own extends Response {
        extra = 1;
        // @ts-expect-error TS2611: declared as a property
        override get status() {
          return Reflect.get(Response.prototype, "status", this) + 1;
        }
        own() {
          return this.text();
        }
      }
      const r = new Own("x", { status: 202 });
      return [
        r instanceof Own,
        r instanceof Response,
        r.status,
        r.extra,
        await r.own(),
        r.constructor === Own,
      ];
    },
  ],
  ["names", ({ Response }) => [Response.name, Response.length, typeof Response]],
  [
    "toString",
    ({ Response }) => [Object.prototype.toString.call(new Response("x")), String(new Response("x"))],
  ],
  [
    "nothing of its own is seen",
    ({ Response }) => {
      const r = new Response("x");
      return [
        Object.keys(r),
        JSON.stringify(r),
        Object.entries(r),
        Reflect.ownKeys(r).filter((k) => typeof k === "string"),
      ];
    },
  ],
  [
    "for in",
    ({ Response }) => {
      const all = [];
      for (const name in new Response("")) if (name !== "textStream") all.push(name);
      return all.sort();
    },
  ],
  [
    "inspected",
    ({ Response }) => {
      const r = new Response(null, { headers: { a: "1" } });
      return inspect(r);
    },
  ],
  ["structuredClone", ({ Response }) => structuredClone(new Response("x"))],
  [
    "Symbol.hasInstance of others",
    ({ Response }) => [{}, null, 5, Object.create(Response.prototype)].map((v) => v instanceof Response),
  ],
  ["an accessor of nobody's", ({ Response }) => Response.prototype.status],
  ["a method of nobody's", ({ Response }) => Response.prototype.text.call({} as Response)],
  ["Object.create", ({ Response }) => Object.create(Response.prototype).status],
];

describe("a light Response does what a native one does:", () => {
  for (const [what, operation] of operations) test(what, () => same(kinds, operation));
});

describe("native and light side by side", () => {
  test("what fetch resolves to is a Response of the app's", async () => {
    const response = await fetch("data:text/plain,hi");
    assert.ok(response instanceof Response);
    assert.ok(response.headers instanceof Headers);
    assert.equal(response.constructor, Response);
    assert.equal(await Response.prototype.text.call(response), "hi");
    assert.equal(await new Response(response.clone === undefined ? "" : "x", response).text(), "x");
  });

  test("text decodes whatever bytes as the native one", async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const starts = [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xff];
    for (let turn = 0; turn < 500; turn++) {
      const some = bytes(...Array.from({ length: random(9) }, () => starts[random(starts.length)] ?? 0));
      const wanted = await new kinds.native.Response(some).text();
      assert.equal(await new kinds.light.Response(some).text(), wanted, Buffer.from(some).toString("hex"));
    }
  });
});
