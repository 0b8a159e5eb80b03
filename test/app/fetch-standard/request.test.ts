import assert from "node:assert/strict";
import { describe } from "node:test";
import { standard } from "../../support/fetch-standard.ts";

/** Re-written from https://fetch.spec.whatwg.org/#request-class. */

const url = "http://a.test/";
const asInit = (value: unknown) => value as RequestInit;

describe("new Request: what is asked for", () => {
  standard("the defaults", () => {
    const request = new Request("http://A.test:80/b c?d=e#f");
    const { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity } = request;
    assert.deepEqual(
      { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity },
      {
        method: "GET",
        mode: "cors",
        credentials: "same-origin",
        cache: "default",
        redirect: "follow",
        referrer: "about:client",
        referrerPolicy: "",
        integrity: "",
      },
    );
    const { keepalive, destination, duplex, body, bodyUsed } = request;
    assert.deepEqual([keepalive, destination, duplex, body, bodyUsed], [false, "", "half", null, false]);
    assert.equal(request.url, "http://a.test/b%20c?d=e#f");
    assert.deepEqual([[...request.headers], request.signal.aborted], [[], false]);
  });

  standard("no navigation", () => {
    for (const name of ["isReloadNavigation", "isHistoryNavigation"]) {
      assert.equal(Reflect.get(new Request(url), name), false);
    }
  });

  standard("a URL as text, URL, or whatever has a text", () => {
    assert.equal(new Request(new URL("http://a.test/x")).url, "http://a.test/x");
    assert.equal(
      new Request({ toString: () => "http://a.test/y" } as unknown as string).url,
      "http://a.test/y",
    );
    assert.equal(new Request("data:text/plain,x").url, "data:text/plain,x");
  });

  standard("what is no URL, has no base, or has credentials throws TypeError", () => {
    for (const bad of [
      "",
      "/relative",
      "http://",
      "//a.test/",
      "http://u@a.test/",
      "http://:p@a.test/",
      5,
      null,
    ]) {
      assert.throws(() => new Request(bad as string), TypeError, String(bad));
    }
    assert.throws(() => new Request(Symbol("no") as unknown as string), TypeError);
    assert.throws(() => new (Request as unknown as new () => Request)(), TypeError);
  });

  standard("what is no dictionary throws", () => {
    for (const init of [1, "a", true, Symbol("no")]) {
      assert.throws(() => new Request(url, asInit(init)), TypeError, String(init));
    }
    assert.equal(new Request(url, asInit(null)).method, "GET");
  });

  standard("methods: six are put in upper case, others kept as they are", () => {
    for (const method of ["get", "Post", "hEAD", "put", "DELETE", "options"]) {
      assert.equal(new Request(url, { method }).method, method.toUpperCase());
    }
    for (const method of ["PATCH", "propfind", "PROPFIND", "x-own", "QUERY"]) {
      assert.equal(new Request(url, { method }).method, method);
    }
    assert.equal(new Request(url, asInit({ method: undefined })).method, "GET");
    assert.equal(new Request(url, asInit({ method: null })).method, "null");
  });

  standard("methods that are forbidden, or no token, throw TypeError", () => {
    for (const method of ["CONNECT", "trace", "Track", "", " GET", "G ET", "GET\n", "\xe4", "\u0131"]) {
      assert.throws(() => new Request(url, { method }), TypeError, JSON.stringify(method));
    }
  });

  standard("each enumeration takes its values, and nothing else", () => {
    const enumerations = {
      mode: ["cors", "no-cors", "same-origin"],
      credentials: ["omit", "same-origin", "include"],
      cache: ["default", "no-store", "reload", "no-cache", "force-cache"],
      redirect: ["follow", "error", "manual"],
      referrerPolicy: [
        "",
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
      ],
    } as const;
    for (const [name, values] of Object.entries(enumerations)) {
      for (const value of values) {
        assert.equal(Reflect.get(new Request(url, asInit({ [name]: value })), name), value);
      }
      for (const bad of ["x", "FOLLOW", null, 1]) {
        assert.throws(() => new Request(url, asInit({ [name]: bad })), TypeError, `${name} ${bad}`);
      }
      const none = new Request(url, asInit({ [name]: undefined }));
      assert.equal(Reflect.get(none, name), Reflect.get(new Request(url), name));
    }
    assert.throws(() => new Request(url, { mode: "navigate" }), TypeError);
    assert.throws(() => new Request(url, { cache: "only-if-cached" }), TypeError);
    assert.equal(new Request(url, { cache: "only-if-cached", mode: "same-origin" }).cache, "only-if-cached");
    assert.throws(() => new Request(url, { mode: "no-cors", method: "PUT" }), TypeError);
    assert.throws(() => new Request(url, asInit({ duplex: "full" })), TypeError);
    assert.throws(() => new Request(url, asInit({ window: "x" })), TypeError);
    assert.equal(new Request(url, { window: null }).url, url);
  });

  standard("integrity, keepalive, referrer", () => {
    const request = new Request(url, { integrity: "sha256-x", keepalive: true });
    assert.deepEqual([request.integrity, request.keepalive], ["sha256-x", true]);
    assert.equal(new Request(url, asInit({ keepalive: 1 })).keepalive, true);
    assert.equal(new Request(url, { referrer: "" }).referrer, "");
    assert.equal(new Request(url, { referrer: "about:client" }).referrer, "about:client");
    assert.throws(() => new Request(url, { referrer: "/relative" }), TypeError);
  });

  standard("what a member throws, and each asked for once", () => {
    const names = ["body", "cache", "credentials", "headers", "integrity", "keepalive", "method", "mode"];
    for (const name of [...names, "redirect", "referrer", "referrerPolicy", "signal", "window"]) {
      let asked = 0;
      const init = Object.defineProperty({}, name, {
        get: () => {
          asked++;
          throw new EvalError("mine");
        },
      });
      assert.throws(() => new Request(url, init), EvalError, name);
      assert.throws(() => new Request(new Request(url), init), EvalError, name);
      assert.equal(asked, 2);
    }
  });
});

describe("new Request: fields", () => {
  standard("any HeadersInit, copied; one object", () => {
    const given = new Headers({ a: "1" });
    const request = new Request(url, { headers: given });
    given.set("a", "2");
    assert.equal(request.headers.get("a"), "1");
    assert.equal(request.headers, request.headers);
    assert.ok(request.headers instanceof Headers);
    assert.equal(new Request(url, { headers: [["b", "2"]] }).headers.get("b"), "2");
    for (const headers of [null, 1, [["a"]], { "a b": "1" }]) {
      assert.throws(() => new Request(url, asInit({ headers })), TypeError);
    }
  });

  standard("the body's type, unless one is given", () => {
    const typeOf = (init: RequestInit) =>
      new Request(url, { method: "POST", ...init }).headers.get("content-type");
    assert.equal(typeOf({ body: "x" }), "text/plain;charset=UTF-8");
    assert.equal(typeOf({ body: new URLSearchParams() }), "application/x-www-form-urlencoded;charset=UTF-8");
    assert.equal(typeOf({ body: new Blob([], { type: "a/b" }) }), "a/b");
    assert.equal(typeOf({ body: new Uint8Array(1) }), null);
    assert.match(typeOf({ body: new FormData() }) ?? "", /^multipart\/form-data; ?boundary=/);
    assert.equal(typeOf({ body: "x", headers: { "Content-Type": "c/d" } }), "c/d");
  });
});

describe("new Request: a body", () => {
  standard("with GET or HEAD throws TypeError, also an empty one; null and undefined are none", () => {
    for (const method of ["GET", "HEAD", "get"]) {
      for (const body of ["", "x", new Uint8Array()]) {
        assert.throws(() => new Request(url, { method, body }), TypeError);
      }
      assert.equal(new Request(url, asInit({ method, body: null })).body, null);
      assert.equal(new Request(url, asInit({ method, body: undefined })).body, null);
    }
  });

  standard("that is a stream wants duplex, and no keepalive", () => {
    const stream = () => ReadableStream.from([new Uint8Array(1)]);
    assert.throws(() => new Request(url, { method: "POST", body: stream() }), TypeError);
    assert.throws(
      () => new Request(url, { method: "POST", body: stream(), duplex: "half", keepalive: true }),
      TypeError,
    );
    assert.throws(
      () => new Request(url, { method: "POST", body: stream(), duplex: "half", mode: "no-cors" }),
      TypeError,
    );
    assert.ok(new Request(url, { method: "POST", body: stream(), duplex: "half" }).body);
  });
});

describe("new Request of a Request", () => {
  standard("has what it has, and what init says else", async () => {
    const first = new Request("http://a.test/b", {
      method: "PUT",
      headers: { a: "1" },
      body: "x",
      mode: "same-origin",
      credentials: "include",
      cache: "no-store",
      redirect: "manual",
      integrity: "i",
      keepalive: true,
      referrerPolicy: "origin",
    });
    const second = new Request(first, { headers: { b: "2" }, redirect: "error" });
    const { method, mode, credentials, cache, redirect, integrity, keepalive } = second;
    assert.deepEqual(
      [method, mode, credentials, cache, redirect, integrity, keepalive, second.url],
      ["PUT", "same-origin", "include", "no-store", "error", "i", true, "http://a.test/b"],
    );
    assert.deepEqual(
      [...second.headers.keys()].filter((name) => name !== "content-type"),
      ["b"],
    );
    assert.deepEqual([first.bodyUsed, await second.text()], [true, "x"]);
  });

  standard("takes its body from it, unless it is given one", async () => {
    const first = new Request(url, { method: "POST", body: "x" });
    const second = new Request(first, { body: "y" });
    assert.deepEqual([first.bodyUsed, await first.text(), await second.text()], [false, "x", "y"]);
    assert.throws(() => new Request(first), TypeError);
    assert.equal(await new Request(first, { body: "z" }).text(), "z");
  });

  standard("keeps the input unused when it throws", async () => {
    const first = new Request(url, { method: "POST", body: "x" });
    assert.throws(() => new Request(first, { method: "TRACE" }), TypeError);
    assert.throws(() => new Request(first, { method: "GET" }), TypeError);
    assert.equal(first.bodyUsed, false);
    assert.equal(await first.text(), "x");
  });

  standard("whose body is locked or was read throws TypeError; without a body it may have been", async () => {
    const locked = new Request(url, { method: "POST", body: "x" });
    locked.body!.getReader();
    assert.throws(() => new Request(locked), TypeError);
    const empty = new Request(url, { method: "POST" });
    await empty.text();
    assert.equal(await new Request(empty).text(), "");
  });

  standard("fields are copies", () => {
    const first = new Request(url, { headers: { a: "1" } });
    const second = new Request(first);
    second.headers.set("a", "2");
    assert.equal(first.headers.get("a"), "1");
  });

  standard("as init for a URL: whatever members it has", async () => {
    const first = new Request(url, { method: "POST", headers: { a: "1" }, body: "x" });
    const second = new Request("http://b.test/", first);
    assert.deepEqual([second.url, second.method, second.headers.get("a")], ["http://b.test/", "POST", "1"]);
    assert.equal(await second.text(), "x");
  });
});

describe("a Request's signal", () => {
  standard("is one of its own, and follows the one it is given", () => {
    const controller = new AbortController();
    const request = new Request(url, { signal: controller.signal });
    assert.ok(request.signal instanceof AbortSignal);
    assert.equal(request.signal, request.signal);
    assert.notEqual(request.signal, controller.signal);
    let heard = 0;
    request.signal.addEventListener("abort", () => heard++);
    const all = [request, request.clone(), new Request(request), new Request(request, { method: "POST" })];
    const other = new Request(request, { signal: null });
    const reason = new Error("mine");
    controller.abort(reason);
    for (const { signal } of all) assert.deepEqual([signal.aborted, signal.reason], [true, reason]);
    assert.deepEqual([other.signal.aborted, heard], [false, 1]);
  });

  standard("aborted already: so is it", () => {
    const request = new Request(url, { signal: AbortSignal.abort("mine") });
    assert.deepEqual([request.signal.aborted, request.signal.reason], [true, "mine"]);
    assert.equal(request.clone().signal.reason, "mine");
    assert.equal(new Request(request).signal.aborted, true);
  });

  standard("undefined in init is none given; what is no signal throws TypeError", () => {
    const first = new Request(url, { signal: AbortSignal.abort() });
    assert.equal(new Request(first, asInit({ signal: undefined })).signal.aborted, true);
    assert.equal(new Request(first, asInit({ signal: null })).signal.aborted, false);
    for (const signal of [1, "a", {}, new EventTarget(), new AbortController()]) {
      assert.throws(() => new Request(url, asInit({ signal })), TypeError);
    }
  });
});

describe("a Request: clone", () => {
  standard("has what it has, fields and a body of its own", async () => {
    const first = new Request(url, { method: "PUT", headers: { a: "1" }, body: "x", redirect: "error" });
    const second = first.clone();
    second.headers.set("a", "2");
    assert.deepEqual(
      [second.method, second.redirect, second.url, first.headers.get("a"), second.headers.get("a")],
      ["PUT", "error", url, "1", "2"],
    );
    assert.deepEqual([await second.text(), await first.text()], ["x", "x"]);
    assert.throws(() => first.clone(), TypeError);
  });
});
