import assert from "node:assert/strict";
import { describe } from "node:test";
import { inspect } from "node:util";
import { standard } from "../../support/fetch-standard.ts";

/** The classes as Web IDL (sections 3.7, 3.8) wants them of the interfaces in the Fetch standard. */

type Class = typeof Headers | typeof Request | typeof Response;

const bodyMethods = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"].map((name) => [name, 0]);
const shapes = {
  Headers: {
    length: 0,
    statics: [],
    attributes: [],
    methods: [
      ["append", 2],
      ["delete", 1],
      ["get", 1],
      ["getSetCookie", 0],
      ["has", 1],
      ["set", 2],
      ["forEach", 1],
      ["entries", 0],
      ["keys", 0],
      ["values", 0],
    ],
  },
  Request: {
    length: 1,
    statics: [],
    attributes: [
      ..."method url headers destination referrer referrerPolicy mode credentials cache redirect".split(" "),
      ..."integrity keepalive isReloadNavigation isHistoryNavigation signal duplex body bodyUsed".split(" "),
    ],
    methods: [["clone", 0], ...bodyMethods],
  },
  Response: {
    length: 0,
    statics: [
      ["error", 0],
      ["json", 1],
      ["redirect", 1],
    ],
    attributes: "type url redirected status ok statusText headers body bodyUsed".split(" "),
    methods: [["clone", 0], ...bodyMethods],
  },
} as const;

const classOf = (name: string): Class => Reflect.get(globalThis, name);
const instances = (): [string, object][] => [
  ["Headers", new Headers()],
  ["Request", new Request("http://a.test/")],
  ["Response", new Response()],
];

/** Not of node 26. */
const inSymbols = { node: "older ones keep what they know in symbols" };

describe("the interfaces", () => {
  for (const [name, { length, statics, attributes, methods }] of Object.entries(shapes)) {
    standard(`${name} in globalThis is as a class has to be there`, () => {
      const { value, ...how } = Object.getOwnPropertyDescriptor(globalThis, name)!;
      assert.deepEqual(how, { writable: true, enumerable: false, configurable: true });
      assert.deepEqual([value.name, value.length, typeof value], [name, length, "function"]);
      assert.equal(Object.getPrototypeOf(value), Function.prototype);
      assert.equal(Object.getPrototypeOf(value.prototype), Object.prototype);
      const prototype = Object.getOwnPropertyDescriptor(value, "prototype")!;
      assert.deepEqual(
        [prototype.writable, prototype.enumerable, prototype.configurable],
        [false, false, false],
      );
      const itself = Object.getOwnPropertyDescriptor(value.prototype, "constructor");
      assert.deepEqual(itself, { value, writable: true, enumerable: false, configurable: true });
    });

    standard(`${name} has its static operations, and no others`, () => {
      const value = classOf(name);
      assert.deepEqual(
        Object.getOwnPropertyNames(value).sort(),
        ["length", "name", "prototype", ...statics.map(([one]) => one)].sort(),
      );
      for (const [one, wanted] of statics) {
        const { value: call, ...how } = Object.getOwnPropertyDescriptor(value, one)!;
        assert.deepEqual(how, { writable: true, enumerable: true, configurable: true });
        assert.deepEqual([call.name, call.length], [one, wanted]);
      }
    });

    standard(`${name}.prototype has its attributes: getters, enumerable, without setters`, () => {
      for (const one of attributes) {
        const { get, ...how } = Object.getOwnPropertyDescriptor(classOf(name).prototype, one)!;
        assert.deepEqual(how, { set: undefined, enumerable: true, configurable: true }, one);
        assert.deepEqual([get?.name, get?.length], [`get ${one}`, 0]);
      }
    });

    standard(`${name}.prototype has its operations: enumerable, with names and lengths`, () => {
      for (const [one, wanted] of methods) {
        const { value, ...how } = Object.getOwnPropertyDescriptor(classOf(name).prototype, one)!;
        assert.deepEqual(how, { writable: true, enumerable: true, configurable: true }, String(one));
        assert.deepEqual([value.name, value.length], [one, wanted]);
        assert.throws(() => Reflect.construct(value, []), TypeError);
      }
    });

    standard(
      `${name}.prototype has nothing but what the standard and node's inspect name`,
      () => {
        const known = [
          ...attributes,
          ...methods.map(([one]) => one),
          "constructor",
          "textStream",
          "attribute",
        ];
        const others = Object.getOwnPropertyNames(classOf(name).prototype).filter(
          (one) => !known.includes(one),
        );
        assert.deepEqual(others, []);
        const symbols = Object.getOwnPropertySymbols(classOf(name).prototype);
        const wanted = [Symbol.toStringTag, inspect.custom, ...(name === "Headers" ? [Symbol.iterator] : [])];
        assert.deepEqual(new Set(symbols), new Set(wanted));
        for (const symbol of symbols) {
          const how = Object.getOwnPropertyDescriptor(classOf(name).prototype, symbol)!;
          assert.deepEqual([how.enumerable, how.configurable], [false, true]);
        }
      },
      inSymbols,
    );

    standard(`${name}'s toStringTag`, () => {
      const how = Object.getOwnPropertyDescriptor(classOf(name).prototype, Symbol.toStringTag);
      assert.deepEqual(how, { value: name, writable: false, enumerable: false, configurable: true });
      const [, object] = instances().find(([one]) => one === name)!;
      assert.equal(String(object), `[object ${name}]`);
    });

    standard(
      `${name}: accessors and methods want an object of the class`,
      async () => {
        const { prototype } = classOf(name);
        const strangers = [undefined, null, {}, Object.create(prototype), prototype, new Map(), Proxy];
        for (const stranger of strangers) {
          for (const one of attributes) {
            const { get } = Object.getOwnPropertyDescriptor(prototype, one)!;
            assert.throws(() => get!.call(stranger), TypeError, one);
          }
          for (const [one] of methods) {
            // Promise-returning operations reject (Web IDL, section 3.7.7).
            const call = async () => Reflect.get(prototype, one).call(stranger, "a", "b");
            await assert.rejects(call(), TypeError, String(one));
          }
        }
      },
      { node: "duplex and iterators take anything, in older ones headers do" },
    );

    standard(`${name} cannot be called`, () => {
      assert.throws(() => Reflect.apply(classOf(name), undefined, ["http://a.test/"]), TypeError);
    });
  }

  standard("entries is the iterator of Headers", () => {
    const { value, ...how } = Object.getOwnPropertyDescriptor(Headers.prototype, Symbol.iterator)!;
    assert.equal(value, Headers.prototype.entries);
    assert.deepEqual(how, { writable: true, enumerable: false, configurable: true });
  });

  standard("methods that resolve reject, and do not throw, for strangers", async () => {
    for (const { prototype } of [Request, Response]) {
      for (const how of ["text", "json", "arrayBuffer", "bytes", "blob", "formData"] as const) {
        const promise = (prototype[how] as () => Promise<unknown>).call({});
        await assert.rejects(promise, TypeError);
      }
    }
  });

  standard("instances: the prototype, nothing of their own, no extensions in the way", () => {
    for (const [name, object] of instances()) {
      assert.equal(Object.getPrototypeOf(object), classOf(name).prototype);
      assert.ok(object instanceof classOf(name));
      assert.deepEqual(Object.keys(object), []);
      assert.deepEqual(
        Reflect.ownKeys(object).filter((key) => typeof key === "string"),
        [],
      );
      assert.equal(JSON.stringify(object), "{}");
      assert.equal(Object.isExtensible(object), true);
      Object.assign(object, { mine: 1 });
      assert.deepEqual(Object.keys(object), ["mine"]);
      Object.freeze(object);
    }
  });

  standard("what they make has their prototype: clone, headers, json, redirect, error", () => {
    const request = new Request("http://a.test/", { method: "POST", body: "x" });
    for (const one of [request.clone(), request.clone().clone(), new Request(request)]) {
      assert.equal(Object.getPrototypeOf(one), Request.prototype);
      assert.equal(one.headers instanceof Headers && one.headers.constructor, Headers);
      assert.deepEqual(Object.getOwnPropertyNames(one), []);
    }
    const streamed = new Response(new ReadableStream());
    for (const one of [
      new Response("x").clone(),
      streamed,
      streamed.clone(),
      Response.json(1),
      Response.redirect("http://a.test/"),
      Response.error(),
      Response.error().clone(),
    ]) {
      assert.equal(Object.getPrototypeOf(one), Response.prototype);
      assert.equal(one.headers instanceof Headers && one.headers.constructor, Headers);
      assert.equal(one.constructor, Response);
    }
  });

  standard("assignment to an attribute throws in strict code, and changes nothing", () => {
    const response = new Response("x", { status: 201 });
    for (const name of shapes.Response.attributes) {
      assert.throws(() => Reflect.set(response, name, 1) || assert.fail(), assert.AssertionError);
    }
    assert.throws(() => {
      (response as { status: number }).status = 500;
    }, TypeError);
    assert.equal(response.status, 201);
  });

  standard("for-in and Object.keys of the prototype list the same names", () => {
    for (const [name, object] of instances()) {
      const names: string[] = [];
      for (const one in object) names.push(one);
      assert.deepEqual(names, Object.keys(classOf(name).prototype));
    }
  });

  standard("structuredClone refuses them, by themselves and inside others", () => {
    for (const [, object] of instances()) {
      assert.throws(() => structuredClone(object), { name: "DataCloneError" });
      assert.throws(() => structuredClone({ inside: [object] }), { name: "DataCloneError" });
      assert.throws(() => structuredClone(new Map([[1, object]])), { name: "DataCloneError" });
      const { port1 } = new MessageChannel();
      assert.throws(() => port1.postMessage(object), { name: "DataCloneError" });
      port1.close();
    }
  });

  standard(
    "deepEqual, inspect and JSON see no state",
    () => {
      assert.equal(JSON.stringify({ a: new Response("x"), b: new Headers({ c: "1" }) }), '{"a":{},"b":{}}');
      assert.deepEqual({ ...new Response("x") }, {});
    },
    inSymbols,
  );

  standard("inspected, by itself, nested, and by whatever depth", () => {
    const headers = new Headers([
      ["X-B", "2"],
      ["a", "1"],
    ]);
    assert.match(inspect(headers), /^Headers \{ '?(X-B|x-b|a)'?: '[12]', '?(X-B|x-b|a)'?: '[12]' \}$/);
    assert.match(inspect({ inside: headers }), /inside: Headers \{/);
    assert.match(inspect(new Response(null, { status: 404 })), /^Response \{[\s\S]*status: 404/);
    assert.match(inspect(new Request("http://a.test/b")), /^Request \{[\s\S]*url: 'http:\/\/a\.test\/b'/);
    for (const depth of [0, 1, null]) {
      for (const [name, object] of instances()) {
        assert.ok(inspect({ object }, { depth }).includes(name), `${name} ${depth}`);
      }
    }
    assert.equal(inspect(Response).startsWith("[class Response]"), true);
  });
});

describe("subclasses", () => {
  standard("are instances of both, with members of their own and the inherited ones", async () => {
    class OwnHeaders extends Headers {
      // @ts-expect-error TS2425: declared as a property
      override get(name: string): string {
        // @ts-expect-error TS2855: the same
        return super.get(name) ?? "none";
      }
    }
    const headers = new OwnHeaders({ a: "1" });
    assert.deepEqual([headers.get("a"), headers.get("b"), headers instanceof Headers], ["1", "none", true]);
    class OwnRequest extends Request {
      readonly #more = 1;
      get more() {
        return this.#more;
      }
      // @ts-expect-error TS2425: declared as a property
      override async text() {
        // @ts-expect-error TS2855: the same
        return `own ${await super.text()}`;
      }
    }
    const request = new OwnRequest("http://a.test/", { method: "PUT", body: "x" });
    assert.deepEqual([request.more, request.method, await request.text()], [1, "PUT", "own x"]);
    class OwnResponse extends Response {
      constructor(text: string) {
        super(text, { status: 202 });
      }
      // @ts-expect-error TS2611: declared as a property
      override get ok() {
        // @ts-expect-error TS2855: the same
        return !super.ok;
      }
      static override json(data: unknown): Response {
        return new OwnResponse(`json ${JSON.stringify(data)}`);
      }
    }
    const response = new OwnResponse("x");
    assert.deepEqual([response.ok, response.status, await response.text()], [false, 202, "x"]);
    assert.equal(await OwnResponse.json(1).text(), "json 1");
    assert.equal(Object.getPrototypeOf(OwnResponse), Response);
  });

  standard("clone, json and redirect make objects of the class itself", () => {
    class Own extends Response {}
    for (const one of [new Own("x").clone(), Own.json(1), Own.redirect("http://a.test/"), Own.error()]) {
      assert.deepEqual([one instanceof Own, one instanceof Response], [false, true]);
    }
    class OwnRequest extends Request {}
    const { clone } = OwnRequest.prototype;
    const copy = clone.call(new OwnRequest("http://a.test/"));
    assert.deepEqual([copy instanceof OwnRequest, copy instanceof Request], [false, true]);
  });

  standard(
    "Reflect.construct with another new.target, and statics without this",
    () => {
      class Other {}
      const made = Reflect.construct(Response, ["x"], Other);
      assert.equal(Object.getPrototypeOf(made), Other.prototype);
      assert.equal(Object.getOwnPropertyDescriptor(Response.prototype, "status")!.get!.call(made), 200);
      const { json, redirect, error } = Response;
      assert.deepEqual([json(1).status, redirect("http://a.test/").status, error().status], [200, 302, 0]);
    },
    { node: "asks for its prototype, not for its state" },
  );

  standard("what is added to the prototype every object has", () => {
    Object.defineProperty(Response.prototype, "added", { get: () => "yes", configurable: true });
    try {
      const all = [new Response("x"), new Response(new ReadableStream()), Response.error(), Response.json(1)];
      for (const one of all) assert.equal(Reflect.get(one, "added"), "yes");
    } finally {
      Reflect.deleteProperty(Response.prototype, "added");
    }
  });
});
