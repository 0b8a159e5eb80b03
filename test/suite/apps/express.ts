import { pipeline, Readable } from "node:stream";
import express from "express";
import { chunks, countOf, digestOf, gate, note, noted, openGate } from "../ledger.ts";

/** The suite's routes on Express 5. */
const app = express();

app.get("/text", (_, res) => {
  res.set("X-Answer", "42").type("text/plain").send("Hello, World!\n");
});
app.get("/status/:code", (req, res) => {
  res.set("ETag", '"v1"').status(Number(req.params.code)).end();
});
app.all("/method", (req, res) => {
  res.send(req.method);
});
app.get("/path/*rest", (req, res) => {
  res.json({ url: req.originalUrl, x: req.query["x"], y: req.query["y"] });
});
app.get("/headers", (req, res) => {
  res.json({ dup: req.get("x-dup"), cookie: req.get("cookie") });
});
app.get("/cookies", (_, res) => {
  res.append("Set-Cookie", "a=1; Path=/").append("Set-Cookie", "b=2, with a comma; Path=/").end();
});
app.post("/json", express.json(), (req, res) => {
  res.json({ got: req.body as unknown });
});
app.post("/form", express.urlencoded({ extended: false }), (req, res) => {
  const { name, tag } = req.body as { name: string; tag: string[] };
  res.json({ name, tags: tag });
});
app.post("/echo", (req, res) => {
  req.pipe(res);
});
app.post("/digest", async (req, res) => {
  res.json(await digestOf(req));
});
app.post("/count", async (req, res) => {
  res.json({ length: await countOf(req) });
});
app.get("/events", async (req, res) => {
  const id = String(req.query["id"]);
  res.set({ "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" });
  res.on("close", () => {
    if (!res.writableFinished) note(id, "gone");
  });
  res.write("data: first\n\n");
  await gate(id);
  res.end("data: second\n\n");
});
app.post("/open", (req, res) => {
  openGate(String(req.query["id"]));
  res.sendStatus(204);
});
app.get("/notes", (req, res) => {
  res.send(noted(String(req.query["id"])));
});
app.get("/download", (req, res, next) => {
  res.set("X-Accel-Buffering", "no");
  const { bytes, id = "" } = req.query;
  pipeline(Readable.from(chunks(Number(bytes), String(id))), res, (error) => error && next(error));
});
app.get("/hang", (req, res) => {
  const id = String(req.query["id"]);
  note(id, "waiting");
  res.on("close", () => note(id, "gone"));
});
app.get("/throw", () => {
  throw new Error("secret detail");
});
app.get("/throw-late", async (req, res) => {
  res.set("X-Accel-Buffering", "no");
  if (req.query["length"] !== undefined) res.set("Content-Length", String(req.query["length"]));
  res.write("the first bytes");
  await gate(String(req.query["id"]));
  throw new Error("secret detail");
});
app.get("/never", () => {});
app.get("/who", (req, res) => {
  const host = req.get("host");
  res.json({ remoteAddress: req.ip, scheme: req.protocol, host, url: `${req.protocol}://${req.host}` });
});
app.get("/early", (_, res) => {
  res.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
  res.send("done");
});
app.get("/large-header", (req, res) => {
  res.set("X-Large", "a".repeat(Number(req.query["bytes"]))).end();
});

export default app;
