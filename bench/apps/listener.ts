import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { burn, CHUNK, CHUNKS, HELLO, ITEMS, LOADED, language } from "./answers.ts";

/** The same on node's own interface: node:http, node:cluster, PM2, Watt and Portico run this very file. */
export default function listener(req: IncomingMessage, res: ServerResponse): void {
  switch (req.url) {
    case "/":
      text(res, HELLO);
      break;
    case "/headers":
      text(res, language(req.headers["accept-language"], req.headers.cookie));
      break;
    case "/json":
      json(res, ITEMS);
      break;
    case "/echo":
      body(req, (bytes) => json(res, JSON.parse(bytes.toString())));
      break;
    case "/upload":
      body(req, (bytes) => text(res, String(bytes.length)));
      break;
    case "/stream":
      res.writeHead(200, { "content-type": "application/octet-stream" });
      Readable.from(chunks(), { objectMode: false }).pipe(res);
      break;
    case "/burn":
      burn();
      text(res, HELLO);
      break;
    case "/loaded":
      text(res, LOADED);
      break;
    default:
      res.writeHead(404).end("Not Found");
  }
}

function text(res: ServerResponse, answer: string): void {
  res.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(answer) });
  res.end(answer);
}

function json(res: ServerResponse, value: unknown): void {
  const answer = JSON.stringify(value);
  res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
  res.end(answer);
}

function body(req: IncomingMessage, done: (bytes: Buffer) => void): void {
  const parts: Buffer[] = [];
  req.on("data", (part: Buffer) => parts.push(part)).on("end", () => done(Buffer.concat(parts)));
}

function* chunks(): Generator<Uint8Array> {
  for (let i = 0; i < CHUNKS; i++) yield CHUNK;
}
