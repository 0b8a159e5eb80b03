import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import Koa, { type Context } from "koa";
import { chunks, countOf, digestOf, gate, note, noted, openGate } from "../ledger.ts";

/** The suite's routes on Koa 3, which has no router of its own. */
const app = new Koa();

type Handler = (ctx: Context) => void | Promise<void>;

const ROUTES: Record<string, Handler> = {
  "/text": (ctx) => {
    ctx.set("X-Answer", "42");
    ctx.body = "Hello, World!\n";
  },
  "/status": (ctx) => {
    ctx.status = Number(ctx.path.split("/")[2]);
    ctx.set("ETag", '"v1"');
  },
  "/method": (ctx) => {
    ctx.body = ctx.method;
  },
  "/path": (ctx) => {
    ctx.body = { url: ctx.originalUrl, x: ctx.query["x"], y: ctx.query["y"] };
  },
  "/headers": (ctx) => {
    ctx.body = { dup: ctx.get("x-dup"), cookie: ctx.get("cookie") };
  },
  "/cookies": (ctx) => {
    ctx.append("Set-Cookie", "a=1; Path=/");
    ctx.append("Set-Cookie", "b=2, with a comma; Path=/");
    ctx.body = "";
  },
  "/json": async (ctx) => {
    ctx.body = { got: JSON.parse(await text(ctx.req)) as unknown };
  },
  "/form": async (ctx) => {
    const fields = new URLSearchParams(await text(ctx.req));
    ctx.body = { name: fields.get("name"), tags: fields.getAll("tag") };
  },
  "/echo": (ctx) => {
    ctx.body = ctx.req;
  },
  "/digest": async (ctx) => {
    ctx.body = await digestOf(ctx.req);
  },
  "/count": async (ctx) => {
    ctx.body = { length: await countOf(ctx.req) };
  },
  "/events": (ctx) => {
    const id = idOf(ctx);
    const stream = new PassThrough();
    stream.on("close", () => {
      if (!stream.readableEnded) note(id, "gone");
    });
    stream.write("data: first\n\n");
    void gate(id).then(() => stream.end("data: second\n\n"));
    ctx.type = "text/event-stream";
    ctx.set("X-Accel-Buffering", "no");
    ctx.body = stream;
  },
  "/open": (ctx) => {
    openGate(idOf(ctx));
    ctx.status = 204;
  },
  "/notes": (ctx) => {
    ctx.body = noted(idOf(ctx));
  },
  "/download": (ctx) => {
    ctx.set("X-Accel-Buffering", "no");
    ctx.body = Readable.from(chunks(Number(ctx.query["bytes"]), idOf(ctx)));
  },
  "/hang": async (ctx) => {
    const id = idOf(ctx);
    note(id, "waiting");
    await new Promise((resolve) => ctx.req.on("close", resolve));
    note(id, "gone");
  },
  "/throw": () => {
    throw new Error("secret detail");
  },
  "/throw-late": (ctx) => {
    const { length } = ctx.query;
    ctx.set("X-Accel-Buffering", "no");
    ctx.body = Readable.from(failing(idOf(ctx)));
    if (length !== undefined) ctx.length = Number(length);
  },
  "/never": () => new Promise(() => {}),
  "/who": (ctx) => {
    ctx.body = { remoteAddress: ctx.ip, scheme: ctx.protocol, host: ctx.host, url: ctx.URL.origin };
  },
  "/early": (ctx) => {
    ctx.res.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    ctx.body = "done";
  },
  "/large-header": (ctx) => {
    ctx.set("X-Large", "a".repeat(Number(ctx.query["bytes"])));
    ctx.body = "";
  },
};

app.use((ctx) => ROUTES[`/${ctx.path.split("/")[1]}`]?.(ctx));
// Koa writes every error to stderr, expected ones too.
app.silent = true;

function idOf(ctx: Context): string {
  return String(ctx.query["id"] ?? "");
}

async function* failing(id: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode("the first bytes");
  await gate(id);
  throw new Error("secret detail");
}

export default app.callback();
