import type { Context } from "../../../src/index.ts";
import { chunks, countOf, digestOf, gate, note, noted, openGate } from "../ledger.ts";

type Handler = (request: Request, url: URL, context: Context) => Response | Promise<Response>;

/** The suite's routes as a bare fetch handler. */
export default function handle(request: Request, context: Context): Response | Promise<Response> {
  const url = new URL(request.url);
  const handler = ROUTES[`/${url.pathname.split("/")[1]}`];
  return handler ? handler(request, url, context) : new Response("Not Found\n", { status: 404 });
}

const ROUTES: Record<string, Handler> = {
  "/text": () => new Response("Hello, World!\n", { headers: { "X-Answer": "42" } }),
  "/status": (_, { pathname }) =>
    new Response(null, { status: Number(pathname.split("/")[2]), headers: { ETag: '"v1"' } }),
  "/method": (request) => new Response(request.method),
  "/path": (_, { pathname, search, searchParams }) =>
    Response.json({ url: pathname + search, x: searchParams.get("x"), y: searchParams.get("y") }),
  "/headers": ({ headers }) => Response.json({ dup: headers.get("x-dup"), cookie: headers.get("cookie") }),
  "/cookies": () => {
    const headers = new Headers();
    headers.append("Set-Cookie", "a=1; Path=/");
    headers.append("Set-Cookie", "b=2, with a comma; Path=/");
    return new Response("", { headers });
  },
  "/json": async (request) => Response.json({ got: await request.json() }),
  "/form": async (request) => {
    const fields = await request.formData();
    return Response.json({ name: fields.get("name"), tags: fields.getAll("tag") });
  },
  "/echo": ({ body }) => new Response(body),
  "/digest": async ({ body }) => Response.json(await digestOf(body ?? [])),
  "/count": async ({ body }) => Response.json({ length: await countOf(body ?? []) }),
  "/events": (_, { searchParams }) => events(searchParams.get("id")!),
  "/open": (_, { searchParams }) => {
    openGate(searchParams.get("id")!);
    return new Response(null, { status: 204 });
  },
  "/notes": (_, { searchParams }) => new Response(noted(searchParams.get("id")!)),
  "/download": (_, { searchParams }) =>
    new Response(
      ReadableStream.from(chunks(Number(searchParams.get("bytes")), searchParams.get("id") ?? "")),
      {
        headers: { "X-Accel-Buffering": "no" },
      },
    ),
  "/hang": async ({ signal }, { searchParams }) => {
    const id = searchParams.get("id")!;
    note(id, "waiting");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    note(id, "gone");
    return new Response("nobody reads this");
  },
  "/throw": () => {
    throw new Error("secret detail");
  },
  "/throw-late": (_, { searchParams }) => {
    const headers = new Headers({ "X-Accel-Buffering": "no" });
    if (searchParams.has("length")) headers.set("Content-Length", searchParams.get("length")!);
    return new Response(ReadableStream.from(failing(searchParams.get("id")!)), { headers });
  },
  "/never": () => new Promise(() => {}),
  "/who": (request, url, { remoteAddress, scheme }) =>
    Response.json({ remoteAddress, scheme, host: request.headers.get("host"), url: url.origin }),
  "/early": () => new Response("done"),
  "/large-header": (_, { searchParams }) =>
    new Response("", { headers: { "X-Large": "a".repeat(Number(searchParams.get("bytes"))) } }),
};

function events(id: string): Response {
  const encoder = new TextEncoder();
  let isGone = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode("data: first\n\n"));
      void gate(id).then(() => {
        if (isGone) return;
        controller.enqueue(encoder.encode("data: second\n\n"));
        controller.close();
      });
    },
    cancel() {
      isGone = true;
      note(id, "gone");
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } });
}

async function* failing(id: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode("the first bytes");
  await gate(id);
  throw new Error("secret detail");
}
