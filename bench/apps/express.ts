import { Readable } from "node:stream";
import express from "express";
import { burn, CHUNK, CHUNKS, HELLO, ITEMS, LOADED, language } from "./answers.ts";

/** The same on Express 5: app.listen and Portico run this very file. */
const app = express();

app.get("/", (_req, res) => {
  res.type("text/plain").send(HELLO);
});
app.get("/headers", (req, res) => {
  res.type("text/plain").send(language(req.get("accept-language"), req.get("cookie")));
});
app.get("/json", (_req, res) => {
  res.json(ITEMS);
});
app.post("/echo", express.json(), (req, res) => {
  res.json(req.body);
});
app.post("/upload", express.raw({ type: "*/*", limit: "2mb" }), (req, res) => {
  res.type("text/plain").send(String((req.body as Buffer).length));
});
app.get("/stream", (_req, res) => {
  res.type("application/octet-stream");
  Readable.from(chunks(), { objectMode: false }).pipe(res);
});
app.get("/burn", (_req, res) => {
  burn();
  res.type("text/plain").send(HELLO);
});
app.get("/loaded", (_req, res) => {
  res.type("text/plain").send(LOADED);
});

function* chunks(): Generator<Uint8Array> {
  for (let i = 0; i < CHUNKS; i++) yield CHUNK;
}

export default app;
