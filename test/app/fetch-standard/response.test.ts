import assert from "node:assert/strict";
import { describe } from "node:test";
import { type BodyInit, standard } from "../../support/fetch-standard.ts";

/** Re-written from https://fetch.spec.whatwg.org/#response-class. */

const asInit = (value: unknown) => value as ResponseInit;
const asBody = (value: unknown) => value as BodyInit;

const redirect = (...args: unknown[]): Response => Reflect.apply(Response.redirect, Response, args);

/** An object whose members are asked for in the order that `log` then has. */
function logged(members: Record<string, unknown>, log: string[]): object {
  return Object.defineProperties(
    {},
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [
        name,
        {
          enumerable: true,
          get: () => {
            log.push(name);
            return value;
          },
        },
      ]),
    ),
  );
}

describe("new Response: init", () => {
  standard("the defaults", () => {
    for (const response of [
      new Response(),
      new Response(null),
      new Response(undefined, {}),
      new Response(null, asInit(null)),
    ]) {
      const { type, url, redirected, status, ok, statusText, body, bodyUsed } = response;
      assert.deepEqual(
        { type, url, redirected, status, ok, statusText, body, bodyUsed },
        {
          type: "default",
          url: "",
          redirected: false,
          status: 200,
          ok: true,
          statusText: "",
          body: null,
          bodyUsed: false,
        },
      );
      assert.deepEqual([...response.headers], []);
    }
  });

  standard("what is no dictionary throws", () => {
    for (const init of [1, "a", true, Symbol("no"), 1n]) {
      assert.throws(() => new Response("x", asInit(init)), TypeError, String(init));
    }
  });

  standard("a function, a class instance, another Response: whatever has the members", () => {
    assert.equal(new Response("", asInit(Object.assign(() => {}, { status: 201 }))).status, 201);
    class Init {
      get status() {
        return 202;
      }
    }
    assert.equal(new Response("", new Init()).status, 202);
    const first = new Response("x", { status: 404, statusText: "No", headers: { a: "1" } });
    const second = new Response("y", first);
    assert.deepEqual(
      [second.status, second.statusText, second.headers.get("a"), second.headers.get("content-type")],
      [404, "No", "1", "text/plain;charset=UTF-8"],
    );
  });

  standard("status: 200 to 599, else RangeError", () => {
    for (const status of [200, 201, 299, 300, 399, 404, 500, 599]) {
      const response = new Response(null, { status });
      assert.deepEqual([response.status, response.ok], [status, status < 300]);
    }
    for (const status of [0, 1, 100, 101, 103, 199, 600, 700, 999, 1000, -1, 65_535]) {
      assert.throws(() => new Response(null, { status }), RangeError, `${status}`);
    }
  });

  standard("status is an unsigned short (Web IDL, section 3.2.4.4)", () => {
    for (const [given, wanted] of [
      ["404", 404],
      [404.9, 404],
      [200 + 65_536, 200],
      [{ valueOf: () => 301 }, 301],
      [undefined, 200],
    ]) {
      assert.equal(new Response(null, asInit({ status: given })).status, wanted);
    }
    for (const given of [null, Number.NaN, "", "x", {}, Number.POSITIVE_INFINITY, true]) {
      assert.throws(() => new Response(null, asInit({ status: given })), RangeError, String(given));
    }
    assert.throws(() => new Response(null, asInit({ status: Symbol("no") })), TypeError);
  });

  standard(
    "status: a BigInt is no number",
    () => {
      assert.throws(() => new Response(null, asInit({ status: 404n })), TypeError);
    },
    { both: "node takes it; ours asks node" },
  );

  standard("statusText: a reason phrase (RFC 9112, section 4)", () => {
    for (const reason of ["", "OK", "Not Found", "a\tb", "\x80\xff", " "]) {
      assert.equal(new Response(null, { statusText: reason }).statusText, reason);
    }
    for (const reason of ["\n", "a\rb", "\0", "\x01", "\x7f", "\u0100", "\u20ac"]) {
      assert.throws(() => new Response(null, { statusText: reason }), TypeError, JSON.stringify(reason));
    }
    for (const [given, wanted] of [
      [5, "5"],
      [null, "null"],
      [undefined, ""],
      [["a", "b"], "a,b"],
    ]) {
      assert.equal(new Response(null, asInit({ statusText: given })).statusText, wanted);
    }
    assert.throws(() => new Response(null, asInit({ statusText: Symbol("no") })), TypeError);
  });

  standard("null body statuses take no body, not even an empty one", async () => {
    for (const status of [204, 205, 304]) {
      const response = new Response(null, { status });
      assert.deepEqual([response.body, await response.text()], [null, ""]);
      assert.equal(new Response(undefined, { status }).status, status);
      for (const body of [
        "",
        "x",
        new Uint8Array(),
        new Blob(),
        new ReadableStream(),
        new URLSearchParams(),
      ]) {
        assert.throws(() => new Response(body, { status }), TypeError, `${status}`);
      }
    }
  });

  standard("headers: any HeadersInit, copied; null throws", () => {
    const given = new Headers({ a: "1" });
    const response = new Response(null, { headers: given });
    given.set("a", "2");
    response.headers.set("b", "3");
    assert.deepEqual([[...response.headers.keys()], [...given.keys()]], [["a", "b"], ["a"]]);
    assert.equal(response.headers.get("a"), "1");
    assert.equal(response.headers, response.headers);
    assert.deepEqual([...new Response(null, asInit({ headers: undefined })).headers], []);
    for (const headers of [null, 1, "a: b", [["a"]], { "a b": "1" }, { a: "\n\0" }]) {
      assert.throws(() => new Response(null, asInit({ headers })), TypeError);
    }
  });

  standard("each member is asked for once, whatever it is", () => {
    for (const members of [
      { headers: { a: "1" }, status: 201, statusText: "a" },
      { headers: undefined, status: "404", statusText: 5 },
    ]) {
      const log: string[] = [];
      new Response("x", logged(members, log));
      assert.deepEqual(log.sort(), ["headers", "status", "statusText"]);
    }
    const log: string[] = [];
    assert.throws(() => new Response(null, logged({ status: 99, headers: { a: "1" } }, log)), RangeError);
    assert.deepEqual(log.sort(), ["headers", "status"]);
  });

  standard("each is converted once", () => {
    let converted = 0;
    const text = { toString: () => `${200 + ++converted}` };
    new Response("x", asInit({ status: text, statusText: text, headers: { a: text } }));
    assert.equal(converted, 3);
    const body = { toString: () => `x${++converted}` };
    new Response(asBody(body), asInit({ status: "201" }));
    assert.equal(converted, 4);
  });

  standard(
    "members are asked for in the order of the alphabet",
    () => {
      const log: string[] = [];
      new Response("x", logged({ statusText: "a", status: 201, headers: {} }, log));
      assert.deepEqual(log, ["headers", "status", "statusText"]);
    },
    { node: "older ones ask for headers last" },
  );

  standard("what a member throws", () => {
    const failing = (name: string) =>
      Object.defineProperty({}, name, {
        get: () => {
          throw new EvalError("mine");
        },
      });
    for (const name of ["headers", "status", "statusText"]) {
      assert.throws(() => new Response("x", failing(name)), { name: "EvalError", message: "mine" });
    }
  });

  standard("a wrong status comes before a wrong reason before wrong fields before a body too much", () => {
    const wrong = { status: 1, statusText: "\n", headers: { "a b": "1" } };
    assert.throws(() => new Response("x", wrong), RangeError);
    assert.throws(() => new Response("x", { ...wrong, status: 204 }), TypeError);
    assert.throws(() => new Response("x", { status: 204 }), TypeError);
  });
});

describe("new Response: Content-Type of a body", () => {
  standard("what kind of body gives which", () => {
    const form = new FormData();
    form.append("a", "b");
    const kinds: [unknown, string | RegExp | null][] = [
      ["x", "text/plain;charset=UTF-8"],
      ["", "text/plain;charset=UTF-8"],
      [5, "text/plain;charset=UTF-8"],
      [{}, "text/plain;charset=UTF-8"],
      [new String("x"), "text/plain;charset=UTF-8"],
      [new URLSearchParams("a=b"), "application/x-www-form-urlencoded;charset=UTF-8"],
      [form, /^multipart\/form-data; ?boundary=\S+$/],
      [new Blob(["x"], { type: "a/b" }), "a/b"],
      [new Blob(["x"]), null],
      [new File(["x"], "n", { type: "c/d" }), "c/d"],
      [new Uint8Array(1), null],
      [new ArrayBuffer(1), null],
      [new DataView(new ArrayBuffer(1)), null],
      [new ReadableStream(), null],
      [null, null],
    ];
    for (const [body, wanted] of kinds) {
      const type = new Response(asBody(body)).headers.get("content-type");
      if (wanted instanceof RegExp) assert.match(type ?? "", wanted);
      else assert.equal(type, wanted);
      const set = new Response(asBody(body), { headers: { "CONTENT-type": "x/y" } });
      assert.equal(set.headers.get("content-type"), "x/y");
      const empty = new Response(asBody(body), { headers: [["content-type", ""]] });
      assert.equal(empty.headers.get("content-type"), "");
    }
  });

  standard("clone and blob keep it", async () => {
    const response = new Response(new Blob(["x"], { type: "Text/X;A=b" }));
    assert.equal(response.clone().headers.get("content-type"), "text/x;a=b");
    assert.equal((await response.blob()).type, "text/x;a=b");
    assert.equal((await new Response("x", { headers: { "content-type": "no type" } }).blob()).type, "");
    assert.equal((await new Response(new Uint8Array(1)).blob()).type, "");
  });
});

describe("Response.json", () => {
  standard("serialised, with its type; init as the constructor's", async () => {
    const response = Response.json(
      { a: [1, "\u20ac", null], b: undefined },
      { status: 201, statusText: "Made" },
    );
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual([response.status, response.statusText, response.type], [201, "Made", "default"]);
    assert.equal(await response.clone().text(), '{"a":[1,"\u20ac",null]}');
    assert.deepEqual(await response.json(), { a: [1, "\u20ac", null] });
    assert.equal(Response.json(1, { headers: { "Content-Type": "a/b" } }).headers.get("content-type"), "a/b");
    response.headers.set("a", "1");
    for (const value of [null, 0, "", false, [], "a"]) {
      assert.equal(await Response.json(value).text(), JSON.stringify(value));
    }
    assert.equal(await Response.json({ toJSON: () => "own" }).text(), '"own"');
    assert.equal(await Response.json(new Date(0)).text(), '"1970-01-01T00:00:00.000Z"');
    assert.equal(await Response.json("\ud800").text(), '"\\ud800"');
  });

  standard("what has no JSON throws TypeError", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [undefined, Symbol("no"), () => {}, 1n, circle]) {
      assert.throws(() => Response.json(value), TypeError);
    }
    assert.throws(() => (Response.json as () => Response)(), TypeError);
    const failing = {
      toJSON: () => {
        throw new EvalError("mine");
      },
    };
    assert.throws(() => Response.json(failing), EvalError);
  });

  standard("toJSON is called once, also for what has no JSON", () => {
    let called = 0;
    const value = {
      toJSON: () => {
        called++;
        return undefined;
      },
    };
    assert.throws(() => Response.json(value), TypeError);
    assert.equal(called, 1);
  });

  standard("a status that takes no body throws, and one out of range", () => {
    for (const status of [204, 205, 304]) assert.throws(() => Response.json(1, { status }), TypeError);
    assert.throws(() => Response.json(1, { status: 600 }), RangeError);
    assert.throws(() => Response.json(1, asInit(5)), TypeError);
  });
});

describe("Response.redirect and Response.error", () => {
  standard("redirect: the URL parsed, the status one of five", () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const response = redirect("http://A.test:80/b c?d#e", status);
      assert.deepEqual(
        [response.status, response.headers.get("location"), response.body, response.ok, response.type],
        [status, "http://a.test/b%20c?d#e", null, false, "default"],
      );
      assert.deepEqual([response.url, response.redirected, response.statusText], ["", false, ""]);
    }
    assert.equal(Response.redirect(new URL("http://a.test")).status, 302);
    assert.equal(Response.redirect("http://a.test", undefined).status, 302);
    assert.equal(redirect("http://a.test", "307").status, 307);
    for (const status of [200, 300, 304, 305, 306, 309, 400, 0, null]) {
      assert.throws(() => redirect("http://a.test/", status), RangeError, `${status}`);
    }
    for (const url of ["/relative", "", "http://", undefined]) {
      assert.throws(() => redirect(url), TypeError, url);
    }
    assert.throws(() => redirect(), TypeError);
    assert.throws(() => redirect(Symbol("no")), TypeError);
  });

  standard("redirect: a wrong URL comes before a wrong status; each is converted once", () => {
    assert.throws(() => redirect("/relative", 200), TypeError);
    let converted = 0;
    const url = { toString: () => `http://a.test/${++converted}` };
    const status = { valueOf: () => 306 + (++converted % 2 ? 1 : 2) };
    redirect(url, status);
    assert.equal(converted, 2);
    assert.throws(() => redirect(url, 200), RangeError);
    assert.equal(converted, 3);
  });

  standard("error: type error, status 0, nothing else", async () => {
    for (const response of [Response.error(), Response.error().clone()]) {
      const { type, url, redirected, status, ok, statusText, body, bodyUsed } = response;
      assert.deepEqual(
        { type, url, redirected, status, ok, statusText, body, bodyUsed },
        {
          type: "error",
          url: "",
          redirected: false,
          status: 0,
          ok: false,
          statusText: "",
          body: null,
          bodyUsed: false,
        },
      );
      assert.deepEqual([[...response.headers], await response.text()], [[], ""]);
    }
  });
});

describe("Response: clone", () => {
  standard("has what it has, and fields of its own", async () => {
    const first = new Response("x", { status: 404, statusText: "No", headers: { a: "1" } });
    const second = first.clone();
    second.headers.set("a", "2");
    assert.deepEqual(
      [second.status, second.statusText, first.headers.get("a"), second.headers.get("a")],
      [404, "No", "1", "2"],
    );
    assert.deepEqual([await second.text(), first.bodyUsed, await first.text()], ["x", false, "x"]);
    assert.notEqual(first.clone === undefined, true);
  });

  standard(
    "of one that was read, or is being read, throws TypeError; without a body it can always be",
    async () => {
      const read = new Response("x");
      const reading = read.text();
      assert.throws(() => read.clone(), TypeError);
      await reading;
      assert.throws(() => read.clone(), TypeError);
      const locked = new Response("x");
      locked.body!.getReader();
      assert.throws(() => locked.clone(), TypeError);
      const empty = new Response(null);
      await empty.text();
      assert.equal(await empty.clone().text(), "");
      const nothing = new Response("");
      await nothing.text();
      assert.throws(() => nothing.clone(), TypeError);
    },
  );

  standard("of a stream: both are read whole, in any order and by clones of clones", async () => {
    const parts = () => ReadableStream.from(["a", "b"].map((text) => new TextEncoder().encode(text)));
    for (const body of ["ab", parts()]) {
      const all = [new Response(body)];
      all.push(all[0]!.clone());
      all.push(all[1]!.clone(), all[0]!.clone());
      assert.deepEqual(await Promise.all(all.reverse().map((one) => one.text())), ["ab", "ab", "ab", "ab"]);
    }
  });

  standard("the body that was asked for before is locked then, and another takes its place", async () => {
    const response = new Response("x");
    const { body } = response;
    const copy = response.clone();
    assert.deepEqual([body!.locked, response.body === body, response.body!.locked], [true, false, false]);
    assert.deepEqual([await response.text(), await copy.text()], ["x", "x"]);
  });

  standard("chunks are copies", async () => {
    const chunk = new Uint8Array([1]);
    const first = new Response(ReadableStream.from([chunk]));
    const second = first.clone();
    (await first.bytes())[0] = 2;
    assert.deepEqual(await second.bytes(), new Uint8Array([1]));
  });
});
