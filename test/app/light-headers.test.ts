import { describe, test } from "node:test";
import { inspect } from "node:util";
import { bothKinds, type FetchClasses, same } from "../support/fetch-classes.ts";

const kinds = bothKinds();
const three = [
  ["b", "1"],
  ["Set-Cookie", "x=1"],
  ["A", "2"],
  ["set-cookie", "y=2"],
  ["a", "3"],
  ["Cookie", "p"],
  ["cookie", "q"],
];

const operations: [what: string, operation: (classes: FetchClasses) => unknown][] = [
  ["nothing", ({ Headers }) => [...new Headers()]],
  ["undefined", ({ Headers }) => [...new Headers(undefined)]],
  ["null", ({ Headers }) => new Headers(null as unknown as undefined)],
  ["a number", ({ Headers }) => new Headers(5 as unknown as undefined)],
  ["sorted and combined", ({ Headers }) => [...new Headers(three as [string, string][])]],
  [
    "a copy",
    ({ Headers }) => {
      const a = new Headers(three as [string, string][]);
      const b = new Headers(a);
      b.set("a", "x");
      return [[...a], [...b]];
    },
  ],
  [
    "keys, values, entries",
    ({ Headers }) => {
      const h = new Headers(three as [string, string][]);
      return [[...h.keys()], [...h.values()], [...h.entries()]];
    },
  ],
  [
    "forEach",
    ({ Headers }) => {
      const h = new Headers({ b: "1", a: "2" });
      const all: unknown[] = [];
      h.forEach(function (this: unknown, v, k, o) {
        all.push(v, k, o === h, this);
      }, 7);
      return all;
    },
  ],
  ["forEach of no function", ({ Headers }) => new Headers().forEach(undefined as never)],
  [
    "get",
    ({ Headers }) => {
      const h = new Headers(three as [string, string][]);
      return ["A", "b", "set-cookie", "cookie", "none"].map((n) => h.get(n));
    },
  ],
  [
    "has",
    ({ Headers }) => {
      const h = new Headers({ a: "" });
      return [h.has("A"), h.get("a"), h.has("b")];
    },
  ],
  [
    "getSetCookie",
    ({ Headers }) => {
      const h = new Headers(three as [string, string][]);
      const all = h.getSetCookie();
      all.push("z");
      return [all, h.getSetCookie()];
    },
  ],
  ["getSetCookie of none", ({ Headers }) => new Headers().getSetCookie()],
  [
    "append",
    ({ Headers }) => {
      const h = new Headers();
      h.append("A", " 1 ");
      h.append("a", "2");
      return [...h];
    },
  ],
  [
    "set",
    ({ Headers }) => {
      const h = new Headers(three as [string, string][]);
      h.set("SET-cookie", "z");
      h.set("b", "9");
      h.set("c", "8");
      return [...h, h.getSetCookie()];
    },
  ],
  [
    "delete",
    ({ Headers }) => {
      const h = new Headers(three as [string, string][]);
      h.delete("Set-Cookie");
      h.delete("none");
      h.delete("B");
      return [...h, h.getSetCookie()];
    },
  ],
  [
    "changed while walked through",
    ({ Headers }) => {
      const h = new Headers({ a: "1", b: "2", c: "3" });
      const all = [];
      for (const [n] of h) {
        all.push(n);
        if (n === "a") {
          h.delete("b");
          h.set("d", "4");
        }
      }
      return all;
    },
  ],
  [
    "__proto__",
    ({ Headers }) => {
      const h = new Headers([
        ["__proto__", "1"],
        ["constructor", "2"],
      ]);
      return [h.get("__proto__"), h.get("constructor"), h.has("toString")];
    },
  ],
  [
    "a subclass",
    ({ Headers }) => {
      class Own extends Headers {
        // @ts-expect-error TS2425: declared as a property
        override get(name: string) {
          return `own ${(Headers.prototype.get as (this: unknown, name: string) => unknown).call(this, name)}`;
        }
      }
      const h = new Own({ a: "1" });
      return [h.get("a"), h instanceof Own, h instanceof Headers];
    },
  ],
  [
    "names",
    ({ Headers }) => [
      Headers.name,
      Headers.length,
      Object.prototype.toString.call(new Headers()),
      Object.prototype.toString.call(new Headers().entries()),
    ],
  ],
  [
    "the iterator's own",
    ({ Headers }) => {
      const i = new Headers({ a: "1" }).keys();
      return [i[Symbol.iterator]() === i, i.next(), i.next(), i.next()];
    },
  ],
  [
    "entries is the iterator",
    ({ Headers }) => Headers.prototype.entries === Headers.prototype[Symbol.iterator],
  ],
  ["inspected", ({ Headers }) => inspect(new Headers({ a: "1" }))],
  ["structuredClone", ({ Headers }) => structuredClone(new Headers())],
  ["without new", ({ Headers }) => (Headers as unknown as () => Headers)()],
  ["a method of nobody's", ({ Headers }) => Headers.prototype.get.call({} as Headers, "a")],
  ...(["append", "set"] as const).flatMap((method): typeof operations => [
    [`${method} without a value`, ({ Headers }) => (new Headers()[method] as (a: string) => void)("a")],
    [`${method} of a bad name`, ({ Headers }) => new Headers()[method]("a b", "c")],
    [`${method} of a bad value`, ({ Headers }) => new Headers()[method]("a", "b\nc")],
    [`${method} of a value outside latin1`, ({ Headers }) => new Headers()[method]("a", "\u20ac")],
    [
      `${method} of a number`,
      ({ Headers }) => {
        const h = new Headers();
        h[method]("a", 5 as unknown as string);
        return h.get("a");
      },
    ],
  ]),
  ...(["get", "has", "delete"] as const).flatMap((method): typeof operations => [
    [`${method} without a name`, ({ Headers }) => (new Headers()[method] as () => void)()],
    [`${method} of a bad name`, ({ Headers }) => new Headers()[method]("a b")],
    [`${method} of a symbol`, ({ Headers }) => new Headers()[method](Symbol("no") as unknown as string)],
  ]),
];

describe("a light Headers does what a native one does:", () => {
  for (const [what, operation] of operations) test(what, () => same(kinds, operation));
});
