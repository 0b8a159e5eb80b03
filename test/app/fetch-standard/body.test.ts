import assert from "node:assert/strict";
import { describe } from "node:test";
import { installedRequestOf } from "../../../src/app/light-fetch.ts";
import { FakeExchange } from "../../support/fake-exchange.ts";
import { type BodyInit, standard } from "../../support/fetch-standard.ts";

/** The body mixin (https://fetch.spec.whatwg.org/#body-mixin): a Response, a Request, and one off the wire. */

type Bytes = Uint8Array<ArrayBuffer>;
type How = "text" | "json" | "arrayBuffer" | "bytes" | "blob" | "formData";
const every: readonly How[] = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"];
const bytes = (...values: number[]): Bytes => new Uint8Array(values);

const ofResponse = (body: BodyInit | null, type?: string): Response =>
  new Response(body, type === undefined ? {} : { headers: { "content-type": type } });
const ofRequest = (body: BodyInit | null, type?: string): Request =>
  new Request("http://a.test/", {
    method: "POST",
    body,
    duplex: "half",
    ...(type === undefined ? {} : { headers: { "content-type": type } }),
  });
/** A request off the wire, where there are light ones: otherwise an app's. */
function offTheWire(body: BodyInit | null, type?: string): Request {
  const isSimple = typeof body === "string" || body instanceof Uint8Array || body === null;
  const headers = ["content-type", type ?? "text/plain;charset=UTF-8"];
  const exchange =
    isSimple && new FakeExchange({ method: "POST", headers, ...(body === null ? {} : { body }) });
  return (exchange && installedRequestOf(exchange)) || ofRequest(body, type);
}

for (const [kind, make] of [
  ["a Response", ofResponse],
  ["a Request", ofRequest],
  ["a request off the wire", offTheWire],
] as const) {
  describe(`the body of ${kind}`, () => {
    standard("is given as text, JSON, bytes and a Blob", async () => {
      assert.equal(await make("h\xe9\u20ac\u{1f600}").text(), "h\xe9\u20ac\u{1f600}");
      assert.deepEqual(await make('{"a":[1]}').json(), { a: [1] });
      assert.deepEqual(await make("h\xe9").bytes(), bytes(104, 0xc3, 0xa9));
      const buffer = await make("h\xe9").arrayBuffer();
      assert.ok(buffer instanceof ArrayBuffer);
      assert.deepEqual(new Uint8Array(buffer), bytes(104, 0xc3, 0xa9));
      const blob = await make("abc", "A/b; c=d").blob();
      assert.ok(blob instanceof Blob);
      assert.deepEqual([blob.size, blob.type, await blob.text()], [3, "a/b;c=d", "abc"]);
    });

    standard("results have the prototype and the length that they should", async () => {
      const all = await make("abc").bytes();
      assert.equal(Object.getPrototypeOf(all), Uint8Array.prototype);
      assert.deepEqual([all.byteOffset, all.byteLength, all.buffer.byteLength], [0, 3, 3]);
      assert.equal((await make("abc").arrayBuffer()).byteLength, 3);
    });

    standard(
      "text is UTF-8 whatever the type says; a mark at its start goes, replaced is what is none",
      async () => {
        assert.equal(await make(bytes(0xe9), "text/plain;charset=iso-8859-1").text(), "\ufffd");
        assert.equal(await make(bytes(0xef, 0xbb, 0xbf, 97, 0xef, 0xbb, 0xbf)).text(), "a\ufeff");
        assert.equal(await make("a\ud800b").text(), "a\ufffdb");
        assert.deepEqual(await make("\ud83d").bytes(), bytes(0xef, 0xbf, 0xbd));
        assert.equal(await make(bytes(0xe2, 0x82)).text(), "\ufffd");
        assert.deepEqual(await make('\ufeff{"a":1}').json(), { a: 1 });
        assert.deepEqual(await make("\ufeffa").bytes(), bytes(0xef, 0xbb, 0xbf, 97));
      },
    );

    standard(
      "text: of two marks one goes",
      async () => {
        assert.equal(await make("\ufeff\ufeffa").text(), "\ufeffa");
      },
      { [kind === "a Request" ? "both" : "node"]: "takes two" },
    );

    standard("JSON that is none, or empty, rejects with SyntaxError, and is used", async () => {
      for (const text of ["", "{", "undefined", "'a'", "\ufeff", " "]) {
        const message = make(text);
        await assert.rejects(message.json(), SyntaxError);
        assert.equal(message.bodyUsed, true);
      }
    });

    standard("none: empty results, never used, again and again", async () => {
      const message = make(null);
      assert.deepEqual([message.body, message.bodyUsed], [null, false]);
      assert.equal(await message.text(), "");
      assert.equal((await message.arrayBuffer()).byteLength, 0);
      assert.equal((await message.bytes()).length, 0);
      assert.equal((await message.blob()).size, 0);
      await assert.rejects(message.json(), SyntaxError);
      await assert.rejects(make(null, "text/plain").formData(), TypeError);
      assert.equal(await message.clone().text(), "");
      assert.deepEqual([message.body, message.bodyUsed], [null, false]);
    });

    standard("empty: a stream, used once it is read", async () => {
      for (const body of ["", bytes()]) {
        const message = make(body);
        assert.ok(message.body instanceof ReadableStream);
        assert.equal(message.bodyUsed, false);
        assert.equal(await message.text(), "");
        assert.equal(message.bodyUsed, true);
        await assert.rejects(message.text(), TypeError);
      }
    });

    standard("can be read once, by whatever two methods; the second rejects", async () => {
      for (const first of every) {
        for (const second of every) {
          const message = make("a=1", "application/x-www-form-urlencoded");
          const reading = message[first]().catch((error: unknown) => error);
          assert.equal(message.bodyUsed, true, first);
          await assert.rejects(message[second](), TypeError, `${first}, ${second}`);
          await reading;
          await assert.rejects(message[second](), TypeError, `${first}, ${second}, later`);
        }
      }
    });

    standard("methods give promises of this realm, and never throw", async () => {
      const message = make("x");
      const promises = [...every, ...every].map((how) => message[how]());
      for (const promise of promises) assert.equal(Object.getPrototypeOf(promise), Promise.prototype);
      const settled = await Promise.allSettled(promises);
      assert.deepEqual(
        settled.map(({ status }) => status).filter((status) => status === "fulfilled").length,
        1,
      );
    });

    standard(
      "as a stream of bytes: one object, locked by its reader, used once something was read",
      async () => {
        const message = make("hello");
        const { body } = message;
        assert.equal(message.body, body);
        assert.ok(body instanceof ReadableStream);
        assert.deepEqual([body.locked, message.bodyUsed], [false, false]);
        const reader = body.getReader();
        assert.deepEqual([body.locked, message.bodyUsed], [true, false]);
        await assert.rejects(message.text(), TypeError);
        assert.throws(() => message.clone(), TypeError);
        let text = "";
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          assert.ok(read.value instanceof Uint8Array);
          text += new TextDecoder().decode(read.value);
        }
        assert.deepEqual([text, message.bodyUsed], ["hello", true]);
        reader.releaseLock();
        assert.equal(body.locked, false);
        await assert.rejects(message.text(), TypeError);
      },
    );

    standard("by a reader that brings its own buffer", async () => {
      const reader = make("hello").body!.getReader({ mode: "byob" });
      const { value } = await reader.read(new Uint8Array(100));
      assert.deepEqual(value, new Uint8Array(Buffer.from("hello")));
    });

    standard("by for await, which may break off", async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of make("hello").body!) chunks.push(chunk);
      assert.equal(Buffer.concat(chunks).toString(), "hello");
      const message = make("hello");
      for await (const _ of message.body!) break;
      assert.equal(message.bodyUsed, true);
    });

    standard("asked for and then read by a method", async () => {
      for (const how of every) {
        const message = make("1=1", "application/x-www-form-urlencoded");
        const { body } = message;
        await message[how]().catch(() => {});
        assert.deepEqual([message.bodyUsed, message.body === body], [true, true], how);
      }
    });

    standard("read by a method and then asked for: used up", async () => {
      const message = make("x");
      await message.text();
      assert.ok(message.body instanceof ReadableStream);
      assert.equal(message.bodyUsed, true);
      assert.equal(message.body.locked, true);
    });

    standard("canceled: used, and not to be read", async () => {
      const message = make("x");
      await message.body!.cancel();
      assert.equal(message.bodyUsed, true);
      await assert.rejects(message.text(), TypeError);
    });

    standard("tee: both halves have all of it, and the message is locked", async () => {
      const message = make("x");
      const [a, b] = message.body!.tee();
      assert.deepEqual([message.body!.locked, message.bodyUsed], [true, false]);
      assert.deepEqual([await new Response(a).text(), await new Response(b).text()], ["x", "x"]);
      assert.equal(message.bodyUsed, true);
    });

    standard("piped through a transform, and into another message", async () => {
      const upper = new TransformStream<Uint8Array, string>({
        transform: (chunk, controller) => controller.enqueue(new TextDecoder().decode(chunk).toUpperCase()),
      });
      const piped = make("hello").body!.pipeThrough(upper).pipeThrough(new TextEncoderStream());
      assert.equal(await new Response(piped).text(), "HELLO");
      const from = make("again");
      assert.equal(await new Response(from.body).text(), "again");
      assert.equal(from.bodyUsed, true);
    });

    standard(
      "clone: before it is read, of one whose body was asked for, with a type of its own",
      async () => {
        const message = make("x", "a/b");
        const copy = message.clone();
        copy.headers.set("content-type", "c/d");
        assert.deepEqual([(await message.blob()).type, (await copy.blob()).type], ["a/b", "c/d"]);
        assert.throws(() => message.clone(), TypeError);
        const asked = make("y");
        void asked.body;
        assert.deepEqual([await asked.clone().text(), await asked.text()], ["y", "y"]);
      },
    );

    standard("formData: urlencoded, also empty", async () => {
      const form = await make(
        "a=b+c&a=%E2%82%AC&d",
        "Application/X-WWW-Form-Urlencoded; charset=x",
      ).formData();
      assert.ok(form instanceof FormData);
      assert.deepEqual(
        [...form],
        [
          ["a", "b c"],
          ["a", "\u20ac"],
          ["d", ""],
        ],
      );
      assert.deepEqual([...(await make("", "application/x-www-form-urlencoded").formData())], []);
    });

    standard("formData: multipart, with a file", async () => {
      const lines = [
        "--b",
        'Content-Disposition: form-data; name="a"',
        "",
        "1",
        "--b",
        'Content-Disposition: form-data; name="f"; filename="n.txt"',
        "Content-Type: text/x",
        "",
        "two\r\nlines",
        "--b--",
        "",
      ];
      const form = await make(lines.join("\r\n"), "multipart/form-data; boundary=b").formData();
      const file = form.get("f") as File;
      assert.ok(file instanceof File);
      assert.deepEqual([form.get("a"), file.name, file.type], ["1", "n.txt", "text/x"]);
      assert.equal(await file.text(), "two\r\nlines");
    });

    standard("formData of what is none rejects with TypeError", async () => {
      for (const [text, type] of [
        ["a=b", "text/plain"],
        ["a=b", ""],
        ["a=b", "multipart/form-data"],
        ["--c--", "multipart/form-data; boundary=b"],
        ["", "multipart/form-data; boundary=b"],
      ] as const) {
        await assert.rejects(make(text, type).formData(), TypeError, `${type}`);
      }
    });

    standard("a FormData, round", async () => {
      const form = new FormData();
      form.append('a"\r\n', "1\n2");
      form.append("f", new File(["x"], 'n"m', { type: "a/b" }));
      const back = await make(form).formData();
      assert.equal(back.get('a"\r\n'), "1\r\n2");
      const file = back.get("f") as File;
      assert.deepEqual([file.name, file.type, await file.text()], ['n"m', "a/b", "x"]);
    });

    standard("of whatever kind: the same bytes", async () => {
      const memory = bytes(1, 104, 105, 2).buffer;
      const part = new Uint8Array(memory, 1, 2);
      for (const body of [
        "hi",
        part,
        part.slice().buffer,
        new DataView(memory, 1, 2),
        new Int8Array(memory, 1, 2),
        new Uint8ClampedArray(memory, 1, 2),
        new Uint16Array(part.slice().buffer),
        Buffer.from("hi"),
        new Blob(["hi"]),
        new File(["h", "i"], "n"),
        new Response("hi").body!,
        ReadableStream.from([bytes(104), bytes(105)]),
        Object("hi"),
        { toString: () => "hi" } as unknown as string,
        ["hi"] as unknown as string,
      ]) {
        assert.equal(await make(body).text(), "hi", Object.prototype.toString.call(body));
      }
      assert.equal(await make(new URLSearchParams({ a: "b c" })).text(), "a=b+c");
      assert.equal(await make(5 as unknown as string).text(), "5");
    });

    standard("an async iterable of bytes", async () => {
      async function* generator(): AsyncGenerator<Bytes> {
        yield bytes(104);
        yield bytes(105);
      }
      assert.equal(await make(generator() as unknown as BodyInit).text(), "hi");
    });

    standard("bytes are copied at once: what is done to them later is not seen", async () => {
      const memory = bytes(104, 105);
      const messages = [make(memory), make(memory.buffer), make(new DataView(memory.buffer))];
      memory.fill(0);
      for (const message of messages) assert.equal(await message.text(), "hi");
    });

    standard("a symbol, a locked stream, a disturbed stream: TypeError", async () => {
      assert.throws(() => make(Symbol("no") as unknown as string), TypeError);
      const locked = new ReadableStream();
      locked.getReader();
      assert.throws(() => make(locked), TypeError);
      const disturbed = ReadableStream.from([bytes(1)]);
      for await (const _ of disturbed) {
        // To its end.
      }
      assert.throws(() => make(disturbed), TypeError);
    });

    standard(
      "a resizable buffer is no BufferSource, nor shared memory",
      async () => {
        const resizable = new ArrayBuffer(2, { maxByteLength: 4 });
        for (const body of [resizable, new Uint8Array(resizable), new SharedArrayBuffer(2)]) {
          assert.throws(() => make(body as unknown as ArrayBuffer), TypeError);
        }
      },
      { both: "node takes them for texts; ours asks node" },
    );

    standard("a stream of what are no bytes rejects with TypeError", async () => {
      for (const chunk of ["text", 5, null, undefined, {}, [1], new ArrayBuffer(1)]) {
        const message = make(ReadableStream.from([chunk]) as ReadableStream<Uint8Array>);
        await assert.rejects(message.text(), TypeError, String(chunk));
      }
    });

    standard("a stream that fails: its error, of each method, and of reading", async () => {
      const failing = () =>
        new ReadableStream({
          pull(controller) {
            controller.error(new EvalError("mine"));
          },
        });
      for (const how of every) {
        await assert.rejects(make(failing(), "multipart/form-data; boundary=b")[how](), { message: "mine" });
      }
      const message = make(failing());
      const copy = message.clone();
      await assert.rejects(message.text(), { message: "mine" });
      await assert.rejects(copy.text(), { message: "mine" });
    });

    standard("the stream that was given is the body", () => {
      const stream = new ReadableStream();
      assert.equal(make(stream).body, stream);
    });

    if ("textStream" in Response.prototype) {
      standard("textStream: texts of its chunks; once", async () => {
        const message = make("h\xe9llo") as Response & { textStream(): ReadableStream<string> };
        let text = "";
        for await (const chunk of message.textStream()) text += chunk;
        assert.equal(text, "h\xe9llo");
        assert.equal(message.bodyUsed, true);
        assert.throws(() => message.textStream(), TypeError);
        const none = make(null) as typeof message;
        for await (const _ of none.textStream()) assert.fail("it has nothing");
      });
    }
  });
}
