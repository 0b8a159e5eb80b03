import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Context } from "../../../src/index.ts";
import { chunks, countOf, digestOf, gate, note, noted, openGate } from "../ledger.ts";

/** The suite's routes on Hono. */
const app = new Hono<{ Bindings: Context }>();

app.get("/text", (c) => c.text("Hello, World!\n", 200, { "X-Answer": "42" }));
app.get("/status/:code", (c) => c.body(null, Number(c.req.param("code")) as 204, { ETag: '"v1"' }));
app.all("/method", (c) => c.text(c.req.method));
app.get("/path/*", (c) => {
  const { pathname, search } = new URL(c.req.url);
  return c.json({ url: pathname + search, x: c.req.query("x"), y: c.req.query("y") });
});
app.get("/headers", (c) => c.json({ dup: c.req.header("x-dup"), cookie: c.req.header("cookie") }));
app.get("/cookies", (c) => {
  c.header("Set-Cookie", "a=1; Path=/");
  c.header("Set-Cookie", "b=2, with a comma; Path=/", { append: true });
  return c.body("");
});
app.post("/json", async (c) => c.json({ got: await c.req.json() }));
app.post("/form", async (c) => {
  const { name, tag } = await c.req.parseBody({ all: true });
  return c.json({ name, tags: tag });
});
app.post("/echo", (c) => new Response(c.req.raw.body));
app.post("/digest", async (c) => c.json(await digestOf(c.req.raw.body ?? [])));
app.post("/count", async (c) => c.json({ length: await countOf(c.req.raw.body ?? []) }));
app.get("/events", (c) => {
  const id = c.req.query("id")!;
  c.header("X-Accel-Buffering", "no");
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => note(id, "gone"));
    await stream.writeSSE({ data: "first" });
    await gate(id);
    await stream.writeSSE({ data: "second" });
  });
});
app.post("/open", (c) => {
  openGate(c.req.query("id")!);
  return c.body(null, 204);
});
app.get("/notes", (c) => c.text(noted(c.req.query("id")!)));
app.get("/download", (c) =>
  c.body(ReadableStream.from(chunks(Number(c.req.query("bytes")), c.req.query("id") ?? "")), 200, {
    "X-Accel-Buffering": "no",
  }),
);
app.get("/hang", async (c) => {
  const id = c.req.query("id")!;
  note(id, "waiting");
  await new Promise((resolve) => c.req.raw.signal.addEventListener("abort", resolve));
  note(id, "gone");
  return c.text("nobody reads this");
});
app.get("/throw", () => {
  throw new Error("secret detail");
});
app.get("/throw-late", (c) => {
  const length = c.req.query("length");
  c.header("X-Accel-Buffering", "no");
  if (length !== undefined) c.header("Content-Length", length);
  return c.body(ReadableStream.from(failing(c.req.query("id")!)));
});
app.get("/never", () => new Promise<Response>(() => {}));
app.get("/who", (c) => {
  const { remoteAddress, scheme } = c.env;
  return c.json({ remoteAddress, scheme, host: c.req.header("host"), url: new URL(c.req.url).origin });
});
app.get("/early", (c) => c.text("done"));
app.get("/large-header", (c) => c.body("", 200, { "X-Large": "a".repeat(Number(c.req.query("bytes"))) }));

async function* failing(id: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode("the first bytes");
  await gate(id);
  throw new Error("secret detail");
}

export default app;
