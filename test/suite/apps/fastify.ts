import { PassThrough, Readable } from "node:stream";
import Fastify from "fastify";
import { chunks, countOf, digestOf, gate, note, noted, openGate } from "../ledger.ts";
import { webSocketEcho } from "../web-socket-echo.ts";

/** The suite's routes on Fastify 5. */
const app = Fastify();

type Query = Record<string, string>;

// Fastify's own error page shows the message: production apps say less.
app.setErrorHandler((_, __, reply) => reply.code(500).send({ error: "Internal Server Error" }));
app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, body, done) =>
  done(null, new URLSearchParams(body as string)),
);
// Everything else is left to its route as a stream.
app.addContentTypeParser("*", (_, payload, done) => done(null, payload));

app.get("/text", (_, reply) => reply.header("X-Answer", "42").type("text/plain").send("Hello, World!\n"));
app.get("/status/:code", (request, reply) => {
  const { code } = request.params as { code: string };
  return reply.code(Number(code)).header("ETag", '"v1"').send();
});
app.all("/method", (request, reply) => reply.send(request.method));
app.get("/path/*", (request) => {
  const { x, y } = request.query as Query;
  return { url: request.originalUrl, x, y };
});
app.get("/headers", ({ headers }) => ({ dup: headers["x-dup"], cookie: headers.cookie }));
app.get("/cookies", (_, reply) =>
  reply.header("Set-Cookie", "a=1; Path=/").header("Set-Cookie", "b=2, with a comma; Path=/").send(""),
);
app.post("/json", (request) => ({ got: request.body }));
app.post("/form", (request) => {
  const fields = request.body as URLSearchParams;
  return { name: fields.get("name"), tags: fields.getAll("tag") };
});
app.post("/echo", (request, reply) => reply.send(request.body));
app.post("/digest", ({ body }) => digestOf((body as Readable | undefined) ?? Readable.from([])));
app.post("/count", async ({ body }) => ({ length: await countOf(body as Readable) }));
app.get("/events", (request, reply) => {
  const { id } = request.query as { id: string };
  const stream = new PassThrough();
  stream.on("close", () => {
    if (!stream.readableEnded) note(id, "gone");
  });
  stream.write("data: first\n\n");
  void gate(id).then(() => stream.end("data: second\n\n"));
  return reply.type("text/event-stream").header("X-Accel-Buffering", "no").send(stream);
});
app.post("/open", (request, reply) => {
  openGate((request.query as { id: string }).id);
  return reply.code(204).send();
});
app.get("/notes", (request, reply) => reply.send(noted((request.query as { id: string }).id)));
app.get("/download", (request, reply) => {
  const { bytes, id = "" } = request.query as Query;
  return reply.header("X-Accel-Buffering", "no").send(Readable.from(chunks(Number(bytes), id)));
});
app.get("/hang", async ({ query, signal }) => {
  const { id } = query as { id: string };
  note(id, "waiting");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  note(id, "gone");
  return "nobody reads this";
});
app.get("/throw", () => {
  throw new Error("secret detail");
});
app.get("/throw-late", (request, reply) => {
  const { id, length } = request.query as { id: string; length?: string };
  if (length !== undefined) reply.header("Content-Length", length);
  return reply.header("X-Accel-Buffering", "no").send(Readable.from(failing(id)));
});
app.get("/never", () => new Promise(() => {}));
app.get("/who", ({ ip, protocol, host }) => ({
  remoteAddress: ip,
  scheme: protocol,
  host,
  url: `${protocol}://${host}`,
}));
app.get("/early", (_, reply) => {
  reply.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
  return reply.send("done");
});
app.get("/large-header", (request, reply) => {
  const { bytes } = request.query as Query;
  return reply.header("X-Large", "a".repeat(Number(bytes))).send("");
});
app.server.on("upgrade", webSocketEcho());

async function* failing(id: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode("the first bytes");
  await gate(id);
  throw new Error("secret detail");
}

export default app;
