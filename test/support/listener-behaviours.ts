/** What apps do on node:http, for running the same under node's server and under the adapter. */
import { createReadStream } from "node:fs";
import type http from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import express from "express";
import Koa from "koa";

export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface Behaviour {
  listener: Listener;
  method?: string;
  target?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The events that a response and its request have seen. */
export const notes = new WeakMap<ServerResponse, string[]>();

/** Keeps a text among the events that a response has seen. */
function note(response: ServerResponse, text: string): void {
  notes.get(response)?.push(text);
}

/** The behaviours by name; `file` is a text file of some size. */
export function listenerBehaviours(file: string): Record<string, Behaviour> {
  const expressApp = express();
  expressApp.use(express.json());
  expressApp.get("/json", (_request, response) => void response.json({ hello: "wörld" }));
  expressApp.post("/json", (request, response) => void response.status(201).json({ got: request.body }));
  expressApp.get("/redirect", (_request, response) => void response.redirect("/json?a=b"));
  expressApp.get("/file", (_request, response) => void response.sendFile(file));
  expressApp.get("/cookies", (_request, response) => {
    response.cookie("a", "1", { httpOnly: true }).cookie("b", "2").type("text").send("cookies");
  });
  expressApp.get("/info", (request, response) => {
    const { protocol, hostname, path, query, originalUrl, xhr } = request;
    response.json({ protocol, hostname, path, query, originalUrl, xhr });
  });
  expressApp.get("/throws", () => {
    throw Object.assign(new Error("teapot"), { status: 418, expose: true, stack: "" });
  });
  expressApp.get("/rejects", async () => {
    throw Object.assign(new Error("later"), { status: 503, stack: "" });
  });
  expressApp.get(
    "/attachment",
    (_request, response) => void response.attachment("wörld.txt").send("attached"),
  );

  const koa = new Koa();
  koa.silent = true;
  koa.use(async (context) => {
    if (context.path === "/json") context.body = { hello: "koa" };
    else if (context.path === "/stream") context.body = createReadStream(file);
    else if (context.path === "/throws") context.throw(409, "conflict");
    else if (context.path === "/no-content") context.status = 204;
  });

  return {
    "end with text": { listener: (_, response) => response.end("hello") },
    "end with bytes": { listener: (_, response) => response.end(Buffer.from([0, 1, 254, 255])) },
    "end with nothing": { listener: (_, response) => response.end() },
    "end with text in another encoding": { listener: (_, response) => response.end("68656c6c6f", "hex") },
    "end with latin1 text": { listener: (_, response) => response.end("wörld", "latin1") },
    "an empty text": { listener: (_, response) => response.end("") },
    "write and end": {
      listener: (_, response) => {
        response.write("hel");
        response.write(Buffer.from("lo"));
        response.end("!");
      },
    },
    "writes in later turns": {
      listener: (_, response) => {
        response.write("1");
        setImmediate(() => {
          response.write("2");
          setImmediate(() => response.end("3"));
        });
      },
    },
    "writeHead with an object": {
      listener: (_, response) => response.writeHead(201, { "X-A": "1", "x-b": ["2", "3"] }).end("made"),
    },
    "writeHead with a list and a reason": {
      listener: (_, response) => response.writeHead(404, "Nowhere", ["X-A", "1", "X-A", "2"]).end(),
    },
    "setHeader before writeHead": {
      listener: (_, response) => {
        response.setHeader("x-a", "1");
        response.setHeader("Set-Cookie", ["a=1", "b=2; HttpOnly"]);
        response.writeHead(200, { "X-A": "2" });
        response.end("x");
      },
    },
    "a status message": {
      listener: (_, response) => {
        response.statusCode = 299;
        response.statusMessage = "Quite all right";
        response.end();
      },
    },
    "an unknown status": { listener: (_, response) => response.writeHead(799).end("x") },
    "204": { listener: (_, response) => response.writeHead(204).end() },
    "204 with a body": { listener: (_, response) => response.writeHead(204).end("dropped") },
    "304 with a length": {
      listener: (_, response) => response.writeHead(304, { "content-length": 5, etag: '"x"' }).end(),
    },
    "HEAD with text": { method: "HEAD", listener: (_, response) => response.end("hello") },
    "HEAD with a length": {
      method: "HEAD",
      listener: (_, response) => {
        response.setHeader("Content-Length", 1000);
        response.write("dropped");
        response.end();
      },
    },
    "a length set by hand": {
      listener: (_, response) => {
        response.setHeader("Content-Length", 5);
        response.write("hel");
        response.end("lo");
      },
    },
    "chunked by hand": {
      listener: (_, response) => {
        response.setHeader("Transfer-Encoding", "chunked");
        response.write("hel");
        response.write("lo");
        setImmediate(() => response.end("!"));
      },
    },
    "chunked by hand in writeHead": {
      listener: (_, response) => response.writeHead(200, { "transfer-encoding": "chunked" }).end("hello"),
    },
    "values of many types": {
      listener: (_, response) => {
        response.setHeader("X-Number", 5);
        response.setHeader("X-List", ["a", "b"]);
        response.setHeader("X-Empty", "");
        response.setHeader("Cookie", ["a=1", "b=2"]);
        response.appendHeader("X-List", "c");
        response.setHeader("X-Bool", true as unknown as string);
        response.end("typed");
      },
    },
    "values of many types in writeHead": {
      listener: (_, response) => {
        const headers = {
          "X-Number": 5,
          "Set-Cookie": ["a=1", "b=2"],
          "X-Empty": "",
          Cookie: ["a=1", "b=2"],
        };
        response.writeHead(200, headers).end("typed");
      },
    },
    "pairs in writeHead": {
      listener: (_, response) => {
        const pairs = [
          ["X-A", "1"],
          ["X-B", "2"],
        ];
        response.writeHead(200, pairs as unknown as string[]).end("paired");
      },
    },
    "what node would not send": {
      listener: (_, response) => {
        for (const headers of [
          { "x\n": "1" },
          { "x-a": "1\r\nx-b: 2" },
          { "x-a": undefined },
          { "x-a": ["1", "\n"] },
        ]) {
          try {
            response.writeHead(200, headers as http.OutgoingHttpHeaders);
            note(response, "sent");
          } catch (error) {
            note(response, `${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`);
          }
        }
        response.end("refused");
      },
    },
    "a field that writeHead's object inherits": {
      listener: (_, response) => {
        const headers = Object.assign(Object.create({ "x-inherited": "1" }) as object, { "x-own": "2" });
        response.writeHead(200, headers as http.OutgoingHttpHeaders).end(String(response.headersSent));
      },
    },
    "a length in a list": {
      listener: (_, response) =>
        response.writeHead(200, { "content-length": ["5"] as unknown as string }).end("hello"),
    },
    "a length given with text in another encoding": {
      listener: (_, response) => response.writeHead(200, { "content-length": 6 }).end("wörld", "utf8"),
    },
    "a length given, as bytes": {
      listener: (_, response) => response.writeHead(200, { "Content-Length": "4" }).end(Buffer.from("four")),
    },
    "a length of nothing": {
      listener: (_, response) => response.writeHead(200, { "content-length": 0 }).end(),
    },
    "all that the length says in one write, then the end": {
      listener: (_, response) => {
        response.writeHead(200, { "content-length": 5 });
        response.write("hello", () => note(response, "written"));
        response.end(() => note(response, "ended"));
      },
    },
    "an array of bytes": { listener: (_, response) => response.end(new Uint8Array([104, 105])) },
    "text of two bytes a character": { listener: (_, response) => response.end("hi", "utf16le") },
    "text of an unknown encoding": {
      listener: (_, response) => {
        try {
          response.end("hi", "none" as BufferEncoding);
        } catch (error) {
          note(response, String((error as NodeJS.ErrnoException).code));
          response.destroyed || response.end("hi");
        }
      },
    },
    "a name that is not ASCII for a file, with a length": {
      listener: (_, response) => {
        response.setHeader("Content-Length", 4);
        response.setHeader("Content-Disposition", 'attachment; filename="w\u00f6rld"');
        response.end("file");
      },
    },
    "hints that wait before the head": {
      listener: (_, response) => {
        response.cork();
        response.writeEarlyHints({ link: "</a.css>; rel=preload" });
        response.write("body");
        response.uncork();
        response.end();
      },
    },
    "HEAD with text and a length": {
      method: "HEAD",
      listener: (_, response) => response.writeHead(200, { "content-length": 5 }).end("hello"),
    },
    "what of the head can still be asked": {
      listener: (_, response) => {
        response.setHeader("X-A", "1");
        response.write("a");
        const { headersSent, statusCode, statusMessage } = response;
        response.end(JSON.stringify([headersSent, statusCode, statusMessage, response.getHeaders()]));
      },
    },
    "a length that was removed, and no body": {
      listener: (_, response) => {
        response.removeHeader("content-length");
        response.end();
      },
    },
    "a length that was removed": {
      listener: (_, response) => {
        response.removeHeader("content-length");
        response.end("hello");
      },
    },
    "the connection closed by hand": {
      listener: (_, response) => response.writeHead(200, { connection: "close" }).end("bye"),
    },
    trailers: {
      listener: (_, response) => {
        response.setHeader("Trailer", "X-Sum");
        response.write("hello");
        response.addTrailers({ "X-Sum": "1" });
        response.end();
      },
    },
    "headers flushed before the body": {
      listener: (_, response) => {
        response.setHeader("x-a", "1");
        response.flushHeaders();
        setImmediate(() => response.end("late"));
      },
    },
    "other than ASCII in a head with text": {
      listener: (_, response) => response.setHeader("x-name", "wörld").end("text"),
    },
    "other than ASCII in a head with bytes": {
      listener: (_, response) => response.setHeader("x-name", "wörld").end(Buffer.from("bytes")),
    },
    "end twice": { listener: (_, response) => response.end("once").end("twice") },
    "write after end": {
      listener: (_, response) => {
        response.on("error", (error: NodeJS.ErrnoException) => note(response, `res error ${error.code}`));
        response.end("over");
        response.write("more");
      },
    },
    "strictContentLength broken": {
      listener: (_, response) => {
        response.strictContentLength = true;
        response.writeHead(200, { "content-length": 2 });
        try {
          response.write("three");
        } catch (error) {
          note(response, String((error as NodeJS.ErrnoException).code));
          response.end("ok");
        }
      },
    },
    "headers sent twice": {
      listener: (_, response) => {
        response.writeHead(200);
        try {
          response.setHeader("x-late", "1");
        } catch (error) {
          response.end((error as NodeJS.ErrnoException).code);
        }
      },
    },
    "an echo": {
      method: "POST",
      body: "to and fro",
      listener: (request, response) => request.pipe(response),
    },
    "a body that is read to the end": {
      method: "PUT",
      body: "x".repeat(300_000),
      listener: async (request, response) => {
        let length = 0;
        for await (const chunk of request) length += chunk.length;
        response.end(`${length} bytes, complete: ${request.complete}`);
      },
    },
    "a body that nobody reads": {
      method: "POST",
      body: "unread",
      listener: (_, response) => response.end("no, thanks"),
    },
    "a body read after the end": {
      method: "POST",
      body: "late",
      listener: (request, response) => {
        response.end("already");
        request.resume();
      },
    },
    "request fields": {
      headers: { Cookie: "a=1", "X-Twice": "1, 2", Accept: "*/*", "X-Empty": "" },
      target: "/a%20b/%c3%a9?q=1&q=2",
      listener: (request, response) => {
        const { headers, headersDistinct, rawHeaders, method, url, httpVersion, httpVersionMajor } = request;
        response.end(
          JSON.stringify({
            headers,
            headersDistinct,
            rawHeaders,
            method,
            url,
            httpVersion,
            httpVersionMajor,
          }),
        );
      },
    },
    "a file through pipe": {
      listener: (_, response) =>
        createReadStream(file).pipe(response.setHeader("content-type", "text/plain")),
    },
    "a file through pipeline": { listener: (_, response) => pipeline(createReadStream(file), response) },
    "finished state": {
      listener: (_, response) => {
        response.on("finish", () =>
          note(response, `finished ${response.writableFinished} ${response.writableEnded}`),
        );
        response.on("close", () => note(response, `closed ${response.closed} ${response.destroyed}`));
        response.end("x", () => note(response, "callback"));
      },
    },
    corked: {
      listener: (_, response) => {
        response.cork();
        response.write("a");
        response.write("b");
        response.uncork();
        response.end("c");
      },
    },
    "Express: JSON": { target: "/json", listener: expressApp },
    "Express: JSON there and back": {
      target: "/json",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":[1,2]}',
      listener: expressApp,
    },
    "Express: JSON that does not parse": {
      target: "/json",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":',
      listener: quiet(expressApp),
    },
    "Express: not modified": {
      target: "/json",
      headers: { "if-none-match": 'W/"12-gw2/oLHRqhIDPkbxxJTFybAaRzY"' },
      listener: expressApp,
    },
    "Express: HEAD": { target: "/json", method: "HEAD", listener: expressApp },
    "Express: redirect": { target: "/redirect", listener: expressApp },
    "Express: sendFile": { target: "/file", listener: expressApp },
    "Express: sendFile, a range": { target: "/file", headers: { range: "bytes=5-8" }, listener: expressApp },
    "Express: cookies": { target: "/cookies", listener: expressApp },
    "Express: what it reads off the request": { target: "/info?a=1", listener: expressApp },
    "Express: not found": { target: "/nowhere", listener: expressApp },
    "Express: not found, body unread": {
      target: "/nowhere",
      method: "POST",
      body: "unread",
      listener: expressApp,
    },
    "Express: throws": { target: "/throws", listener: quiet(expressApp) },
    "Express: rejects": { target: "/rejects", listener: quiet(expressApp) },
    "Express: attachment": { target: "/attachment", listener: expressApp },
    "Express: OPTIONS": { target: "/json", method: "OPTIONS", listener: expressApp },
    "Koa: JSON": { target: "/json", listener: koa.callback() },
    "Koa: stream": { target: "/stream", listener: koa.callback() },
    "Koa: throws": { target: "/throws", listener: koa.callback() },
    "Koa: no content": { target: "/no-content", listener: koa.callback() },
    "Koa: not found": { target: "/nowhere", listener: koa.callback() },
  };
}

/** Express logs errors to the console unless it is told that this is a test. */
function quiet(app: express.Express): Listener {
  app.set("env", "test");
  return app;
}
