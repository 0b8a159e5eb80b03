import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { chunks, countOf, digestOf, gate, note, noted, openGate } from "../ledger.ts";
import { webSocketEcho } from "../web-socket-echo.ts";

type Handler = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => unknown;

/** The suite's routes as a bare node listener. */
export default function listener(req: IncomingMessage, res: ServerResponse): unknown {
  const [path = "", query = ""] = req.url!.split("?");
  const handler = ROUTES[`/${path.split("/")[1]}`];
  if (handler) return handler(req, res, new URLSearchParams(query));
  return res.writeHead(404).end("Not Found\n");
}

export const upgrade = webSocketEcho();

const ROUTES: Record<string, Handler> = {
  "/text": (_, res) => {
    res.writeHead(200, { "Content-Type": "text/plain", "X-Answer": "42" });
    res.end("Hello, World!\n");
  },
  "/status": (req, res) => {
    res.writeHead(Number(req.url!.split("/")[2]), { ETag: '"v1"' }).end();
  },
  "/method": (req, res) => res.end(req.method),
  "/path": (req, res, query) => sendJson(res, { url: req.url, x: query.get("x"), y: query.get("y") }),
  "/headers": ({ headers }, res) => sendJson(res, { dup: headers["x-dup"], cookie: headers.cookie }),
  "/cookies": (_, res) => {
    res.setHeader("Set-Cookie", ["a=1; Path=/", "b=2, with a comma; Path=/"]);
    res.end();
  },
  "/json": async (req, res) => sendJson(res, { got: await json(req) }),
  "/form": async (req, res) => {
    const fields = new URLSearchParams(await text(req));
    sendJson(res, { name: fields.get("name"), tags: fields.getAll("tag") });
  },
  "/echo": (req, res) => req.pipe(res),
  "/digest": async (req, res) => sendJson(res, await digestOf(req)),
  "/count": async (req, res) => sendJson(res, { length: await countOf(req) }),
  "/events": async (_, res, query) => {
    const id = query.get("id")!;
    res.writeHead(200, { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" });
    res.on("close", () => {
      if (!res.writableFinished) note(id, "gone");
    });
    res.write("data: first\n\n");
    await gate(id);
    res.end("data: second\n\n");
  },
  "/open": (_, res, query) => {
    openGate(query.get("id")!);
    res.writeHead(204).end();
  },
  "/notes": (_, res, query) => res.end(noted(query.get("id")!)),
  "/download": (_, res, query) => {
    res.setHeader("X-Accel-Buffering", "no");
    pipeline(Readable.from(chunks(Number(query.get("bytes")), query.get("id") ?? "")), res, () => {});
  },
  "/hang": (req, _, query) => {
    const id = query.get("id")!;
    note(id, "waiting");
    req.on("close", () => note(id, "gone"));
  },
  "/throw": () => {
    throw new Error("secret detail");
  },
  "/throw-late": async (_, res, query) => {
    const length = query.get("length");
    res.setHeader("X-Accel-Buffering", "no");
    if (length !== null) res.setHeader("Content-Length", length);
    res.write("the first bytes");
    await gate(query.get("id")!);
    throw new Error("secret detail");
  },
  "/never": () => {},
  "/who": ({ socket, headers }, res) => {
    const scheme = (socket as TLSSocket).encrypted ? "https" : "http";
    const { host } = headers;
    sendJson(res, { remoteAddress: socket.remoteAddress, scheme, host, url: `${scheme}://${host}` });
  },
  "/early": (_, res) => {
    res.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    res.end("done");
  },
  "/large-header": (_, res, query) => {
    res.setHeader("X-Large", "a".repeat(Number(query.get("bytes"))));
    res.end();
  },
};

function sendJson(res: ServerResponse, value: unknown): void {
  res.setHeader("Content-Type", "application/json");
  res.end(JSON.stringify(value));
}
