import assert from "node:assert/strict";
import { describe } from "node:test";
import { inspect } from "node:util";
import { type HeadersInit, standard } from "../../support/fetch-standard.ts";

/** Re-written from https://fetch.spec.whatwg.org/#headers-class. */

const asInit = (value: unknown) => value as HeadersInit;
const notEnumerable = "takes properties that are not enumerable";
const asText = (value: unknown) => value as string;

describe("Headers, made of (section 5.1, fill)", () => {
  standard("nothing, undefined, an empty record, an empty sequence", () => {
    for (const headers of [new Headers(), new Headers(undefined), new Headers({}), new Headers([])]) {
      assert.deepEqual([...headers], []);
    }
  });

  standard("nothing else: null, booleans, numbers, texts, symbols throw TypeError", () => {
    for (const init of [null, true, 1, "", "a: b", Symbol("no"), 1n]) {
      assert.throws(() => new Headers(asInit(init)), TypeError, String(init));
    }
  });

  standard("a sequence of pairs, also of iterables that are no arrays", () => {
    function* pairs() {
      yield ["a", "1"];
      yield new Set(["b", "2"]);
    }
    assert.deepEqual(
      [...new Headers(asInit(pairs()))],
      [
        ["a", "1"],
        ["b", "2"],
      ],
    );
    assert.equal(new Headers(asInit(new Map([["a", "1"]]))).get("A"), "1");
    assert.equal(new Headers(asInit(new FormData())).has("a"), false);
  });

  standard(
    "a function with properties is a record",
    () => {
      assert.deepEqual([...new Headers(asInit(Object.assign(() => {}, { a: "1" })))], [["a", "1"]]);
    },
    { node: notEnumerable },
  );

  standard("pairs of another length throw, and texts are no pairs", () => {
    for (const pair of [[], ["a"], ["a", "b", "c"], "ab", 1, null]) {
      assert.throws(() => new Headers(asInit([pair])), TypeError, inspect(pair));
    }
  });

  standard("an iterator is closed when a pair is none", () => {
    let closed = 0;
    const init = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 5 }),
        return: () => {
          closed++;
          return {};
        },
      }),
    };
    assert.throws(() => new Headers(asInit(init)), TypeError);
    assert.ok(closed <= 1);
  });

  standard(
    "an object whose Symbol.iterator is null or undefined is a record",
    () => {
      for (const value of [null, undefined]) {
        const record = Object.defineProperty({ a: "1" }, Symbol.iterator, { value });
        assert.deepEqual([...new Headers(record)], [["a", "1"]]);
      }
    },
    { node: notEnumerable },
  );

  standard("one whose Symbol.iterator is a number is none", () => {
    const record = Object.defineProperty({ a: "1" }, Symbol.iterator, { value: 5 });
    assert.throws(() => new Headers(record), TypeError);
  });

  standard(
    "a record's own enumerable names, in order, getters asked once each",
    () => {
      const asked: string[] = [];
      const record = Object.create(
        { inherited: "no" },
        Object.fromEntries(
          ["b", "a", "hidden"].map((name) => [
            name,
            {
              enumerable: name !== "hidden",
              get: () => {
                asked.push(name);
                return name;
              },
            },
          ]),
        ),
      );
      assert.deepEqual(
        [...new Headers(record)],
        [
          ["a", "a"],
          ["b", "b"],
        ],
      );
      assert.deepEqual(asked, ["b", "a"]);
    },
    { node: notEnumerable },
  );

  standard("a record behind a Proxy: ownKeys, then each descriptor and value", () => {
    const log: string[] = [];
    const proxy = new Proxy(
      { a: "1", b: "2" },
      {
        ownKeys: (target) => {
          log.push("ownKeys");
          return Reflect.ownKeys(target);
        },
        getOwnPropertyDescriptor: (target, key) => {
          log.push(`descriptor ${String(key)}`);
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
        get: (target, key) => {
          if (typeof key === "string") log.push(`get ${key}`);
          return Reflect.get(target, key);
        },
      },
    );
    assert.deepEqual([...new Headers(proxy).keys()], ["a", "b"]);
    assert.deepEqual(log, ["ownKeys", "descriptor a", "get a", "descriptor b", "get b"]);
  });

  standard("what a getter throws", () => {
    const init = {
      get a(): string {
        throw new RangeError("mine");
      },
    };
    assert.throws(() => new Headers(init), { name: "RangeError", message: "mine" });
  });

  standard("a record with a symbol for a name throws", () => {
    assert.throws(() => new Headers({ [Symbol("no")]: "1" }), TypeError);
  });

  standard("another Headers, copied", () => {
    const first = new Headers([
      ["a", "1"],
      ["Set-Cookie", "x"],
      ["set-cookie", "y"],
    ]);
    const second = new Headers(first);
    first.set("a", "2");
    assert.deepEqual([second.get("a"), second.getSetCookie()], ["1", ["x", "y"]]);
  });

  standard("another Headers whose last value is empty: joined, and trimmed again", () => {
    const first = new Headers([
      ["a", "1"],
      ["a", ""],
      ["b", "2\xa0"],
    ]);
    assert.deepEqual([first.get("a"), new Headers(first).get("a")], ["1, ", "1,"]);
    assert.equal(new Headers(first).get("b"), "2\xa0");
    assert.equal(new Response(null, { headers: first }).clone().headers.get("a"), "1,");
  });

  standard("a Headers with an iterator of its own, or of a subclass: that iterator", () => {
    const own = new Headers({ a: "1" });
    Object.defineProperty(own, Symbol.iterator, { value: () => [["b", "2"]].values() });
    assert.deepEqual([...new Headers(own)], [["b", "2"]]);
    class Other extends Headers {}
    Object.defineProperty(Other.prototype, Symbol.iterator, { value: () => [["c", "3"]].values() });
    assert.deepEqual([...new Headers(new Other({ a: "1" }))], [["c", "3"]]);
  });

  standard("a name of several values: joined; names in any case are one", () => {
    const headers = new Headers([
      ["Accept", "a"],
      ["ACCEPT", "b"],
    ]);
    assert.deepEqual([...headers], [["accept", "a, b"]]);
    assert.equal(new Headers({ A: "1", a: "2" }).get("a"), "1, 2");
  });
});

describe("Headers: names and values (section 2.2.2)", () => {
  standard("every byte of a name: tokens are taken, all else throws", () => {
    const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
    for (let code = 0; code < 0x101; code++) {
      const name = String.fromCharCode(code);
      const headers = new Headers();
      const calls = [
        () => headers.append(name, "1"),
        () => headers.set(name, "1"),
        () => headers.get(name),
        () => headers.has(name),
        () => headers.delete(name),
        () => new Headers([[name, "1"]]),
        () => new Headers({ [name]: "1" }),
      ];
      for (const call of calls) {
        if (token.test(name)) call();
        else assert.throws(call, TypeError, `${code}`);
      }
    }
    for (const name of ["", " ", "a b", "a:", "a\n", "\xe4", "\u212a"]) {
      assert.throws(() => new Headers().has(name), TypeError);
    }
  });

  standard("every byte within a value: NUL, CR and LF throw, and what is no byte", () => {
    for (let code = 0; code < 0x102; code++) {
      const value = `a${String.fromCharCode(code)}b`;
      const calls = [
        () => new Headers().append("a", value),
        () => new Headers().set("a", value),
        () => new Headers({ a: value }),
      ];
      for (const call of calls) {
        if ([0, 10, 13].includes(code) || code > 255) assert.throws(call, TypeError, `${code}`);
        else call();
      }
    }
  });

  standard("values lose tab, space, CR and LF at both ends, and nothing else", () => {
    for (const [value, wanted] of [
      ["\r\n\t a \t\r\n", "a"],
      [" \t\r\n", ""],
      ["\va\f", "\va\f"],
      ["\xa0a\xa0", "\xa0a\xa0"],
      ["a  b", "a  b"],
    ] as const) {
      const headers = new Headers();
      headers.append("a", value);
      headers.set("b", value);
      assert.deepEqual([headers.get("a"), headers.get("b")], [wanted, wanted]);
    }
  });

  standard("names and values are converted to texts, symbols and failures throw", () => {
    const headers = new Headers();
    headers.append(asText({ toString: () => "X-A" }), asText(5));
    headers.append(asText(null), asText(undefined));
    headers.set(asText(undefined), asText(["x", "y"]));
    assert.deepEqual(
      [...headers],
      [
        ["null", "undefined"],
        ["undefined", "x,y"],
        ["x-a", "5"],
      ],
    );
    assert.throws(() => headers.append("a", asText(Symbol("no"))), TypeError);
    assert.throws(() => headers.get(asText(Symbol("no"))), TypeError);
    const failing = {
      toString: () => {
        throw new RangeError("mine");
      },
    };
    assert.throws(() => headers.set("a", asText(failing)), RangeError);
    assert.throws(() => headers.has(asText(failing)), RangeError);
  });

  standard("the name is converted before the value, and both before either is checked", () => {
    const log: string[] = [];
    const text = (what: string) =>
      asText({
        toString: () => {
          log.push(what);
          return what;
        },
      });
    new Headers().append(text("name"), text("value"));
    assert.throws(() => new Headers().set(text("bad name"), text("value")), TypeError);
    assert.deepEqual(log, ["name", "value", "bad name", "value"]);
  });

  standard("each method wants its arguments, and ignores more", () => {
    const headers = new Headers({ a: "1" }) as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const [method, args] of [
      ["append", ["a"]],
      ["set", ["a"]],
      ["append", []],
      ["get", []],
      ["has", []],
      ["delete", []],
      ["forEach", []],
    ] as const) {
      assert.throws(() => headers[method]!(...args), TypeError, method);
    }
    assert.equal(headers["get"]!("a", "b", "c"), "1");
    assert.equal(headers["append"]!("a", "2", "c"), undefined);
    assert.equal(headers["delete"]!("a"), undefined);
  });

  standard("names that objects have: __proto__, constructor, toString", () => {
    const headers = new Headers([["__proto__", "1"]]);
    assert.deepEqual(
      [headers.get("__proto__"), headers.get("constructor"), headers.has("toString")],
      ["1", null, false],
    );
  });

  standard(
    "a record's own __proto__ is a name as any",
    () => {
      assert.equal(new Headers(JSON.parse('{"__proto__":"2"}')).get("__PROTO__"), "2");
    },
    { node: "drops it" },
  );
});

describe("Headers: what is there", () => {
  standard("get: null for none, values joined, Set-Cookie joined as well", () => {
    const headers = new Headers();
    assert.equal(headers.get("set-cookie"), null);
    headers.append("a", "");
    headers.append("a", "");
    assert.equal(headers.get("a"), ", ");
    for (const cookie of ["x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "", "y=2"]) {
      headers.append("Set-Cookie", cookie);
    }
    assert.equal(headers.get("Set-Cookie"), "x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT, , y=2");
  });

  standard("getSetCookie: each by itself, equal ones too, in order, an array of the caller's", () => {
    const headers = new Headers([
      ["set-cookie", "b=2"],
      ["Set-Cookie", "a=1"],
      ["SET-COOKIE", "b=2"],
      ["set-cookie2", "no"],
    ]);
    const cookies = headers.getSetCookie();
    assert.deepEqual(cookies, ["b=2", "a=1", "b=2"]);
    cookies.length = 0;
    assert.equal(headers.getSetCookie().length, 3);
    headers.set("Set-Cookie", "c=3");
    assert.deepEqual(headers.getSetCookie(), ["c=3"]);
    headers.delete("set-cookie");
    assert.deepEqual([headers.getSetCookie(), headers.has("set-cookie")], [[], false]);
  });

  standard("set: all values become one; delete: all go, none is no failure", () => {
    const headers = new Headers([
      ["a", "1"],
      ["b", "2"],
      ["A", "3"],
    ]);
    headers.set("a", "4");
    headers.delete("B");
    headers.delete("none");
    assert.deepEqual([...headers], [["a", "4"]]);
  });
});

describe("Headers, walked through (sort and combine; Web IDL, iterable)", () => {
  const fields: [string, string][] = [
    ["b", "1"],
    ["Set-Cookie", "x"],
    ["a", "2"],
    ["set-cookie", "y"],
    ["B", "3"],
    ["set-cookie2", "z"],
  ];
  const sorted = [
    ["a", "2"],
    ["b", "1, 3"],
    ["set-cookie", "x"],
    ["set-cookie", "y"],
    ["set-cookie2", "z"],
  ];

  standard("sorted, joined, Set-Cookie each by itself", () => {
    const headers = new Headers(fields);
    assert.deepEqual([...headers], sorted);
    assert.deepEqual([...headers.entries()], sorted);
    assert.deepEqual(
      [...headers.keys()],
      sorted.map(([name]) => name),
    );
    assert.deepEqual(
      [...headers.values()],
      sorted.map(([, value]) => value),
    );
    assert.deepEqual(Object.fromEntries(headers), Object.fromEntries(sorted));
  });

  standard("by code units, so that - comes before 0 before _ before a", () => {
    const names = ["x_", "x-", "xa", "x0", "x"];
    assert.deepEqual([...new Headers(names.map((name) => [name, ""])).keys()], ["x", "x-", "x0", "x_", "xa"]);
  });

  standard("changes made meanwhile are seen, by position", () => {
    const headers = new Headers(["a", "b", "c", "d"].map((name) => [name, name]));
    const iterator = headers.keys();
    assert.equal(iterator.next().value, "a");
    headers.delete("a");
    assert.equal(iterator.next().value, "c");
    headers.append("e", "1");
    headers.set("d", "2");
    assert.deepEqual([...iterator], ["d", "e"]);
    headers.append("f", "1");
    assert.deepEqual(iterator.next(), { value: "f", done: false });
    assert.deepEqual(iterator.next(), { value: undefined, done: true });
  });

  standard("pairs are the caller's", () => {
    const headers = new Headers({ a: "1" });
    for (const pair of headers) pair[1] = "2";
    for (const pair of headers.entries()) pair[0] = "z";
    assert.equal(headers.get("a"), "1");
    assert.deepEqual([...headers], [["a", "1"]]);
  });

  standard("forEach: value, name, the object; a this; live; only with a function", () => {
    const headers = new Headers({ b: "1", a: "2" });
    const seen: unknown[] = [];
    headers.forEach(function (this: unknown, ...args) {
      seen.push([...args, this]);
      headers.delete("b");
    }, 7);
    assert.deepEqual(seen, [["2", "a", headers, 7]]);
    for (const call of [undefined, null, {}, "f"]) {
      assert.throws(() => headers.forEach(call as never), TypeError);
    }
    assert.throws(
      () =>
        headers.forEach(() => {
          throw new RangeError("mine");
        }),
      RangeError,
    );
  });

  standard("iterators: their own prototype with next, of %IteratorPrototype%, named", () => {
    const iterator = new Headers({ a: "1" }).entries();
    const prototype = Object.getPrototypeOf(iterator);
    assert.equal(prototype, Object.getPrototypeOf(new Headers().keys()));
    assert.equal(
      Object.getPrototypeOf(prototype),
      Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
    );
    assert.equal(Object.prototype.toString.call(iterator), "[object Headers Iterator]");
    assert.deepEqual(Reflect.ownKeys(iterator), []);
    const { value, ...next } = Object.getOwnPropertyDescriptor(prototype, "next")!;
    assert.deepEqual(
      [next, value.name, value.length],
      [{ writable: true, enumerable: true, configurable: true }, "next", 0],
    );
    assert.equal(iterator[Symbol.iterator](), iterator);
    assert.deepEqual(value.call(iterator), { value: ["a", "1"], done: false });
    for (const other of [undefined, {}, new Map().entries(), prototype]) {
      assert.throws(() => value.call(other), TypeError);
    }
    assert.deepEqual(
      new Headers({ a: "1", b: "2" })
        .keys()
        .map((name: string) => `${name}!`)
        .toArray(),
      ["a!", "b!"],
    );
  });
});

describe("Headers: guards (section 5.1)", () => {
  standard("those of Response.redirect and Response.error cannot be changed", () => {
    for (const response of [
      Response.redirect("http://a.test/"),
      Response.error(),
      Response.error().clone(),
    ]) {
      const { headers } = response;
      assert.throws(() => headers.append("a", "1"), TypeError);
      assert.throws(() => headers.set("a", "1"), TypeError);
      assert.throws(() => headers.delete("a"), TypeError);
      assert.throws(() => headers.delete("location"), TypeError);
      assert.throws(() => headers.set("a b", "1"), TypeError);
    }
    assert.throws(() => Response.redirect("http://a.test/").clone().headers.set("a", "1"), TypeError);
  });

  standard("a copy of them can", () => {
    const headers = new Headers(Response.redirect("http://a.test/").headers);
    headers.set("location", "b");
    assert.deepEqual([...headers], [["location", "b"]]);
    const response = new Response(null, Response.redirect("http://a.test/", 307));
    response.headers.set("a", "1");
    assert.equal(response.headers.get("location"), "http://a.test/");
  });

  standard("those of a server are not for browsers: Host, Cookie and Set-Cookie may be set", () => {
    const request = new Request("http://a.test/", { headers: { Host: "b", Cookie: "c=1" } });
    request.headers.append("Cookie", "d=2");
    const response = new Response(null, { headers: { "Set-Cookie": "a=1" } });
    assert.deepEqual([request.headers.get("host"), request.headers.get("cookie")], ["b", "c=1; d=2"]);
    assert.deepEqual(response.headers.getSetCookie(), ["a=1"]);
  });
});
