import { burn, HELLO, ITEMS, LOADED, language, stream } from "./answers.ts";

const TEXT = { headers: { "content-type": "text/plain" } };

/** The fetch handler: Portico, srvx, Bun.serve and Deno.serve run this very file. */
export default function handler(request: Request): Response | Promise<Response> {
  const { url } = request;
  switch (url.slice(url.indexOf("/", 8))) {
    case "/":
      return new Response(HELLO, TEXT);
    case "/headers":
      return new Response(
        language(request.headers.get("accept-language"), request.headers.get("cookie")),
        TEXT,
      );
    case "/json":
      return Response.json(ITEMS);
    case "/echo":
      return echo(request);
    case "/upload":
      return upload(request);
    case "/stream":
      return new Response(stream(), { headers: { "content-type": "application/octet-stream" } });
    case "/burn":
      burn();
      return new Response(HELLO, TEXT);
    case "/loaded":
      return new Response(LOADED, TEXT);
    default:
      return new Response("Not Found", { status: 404 });
  }
}

async function echo(request: Request): Promise<Response> {
  return Response.json(await request.json());
}

async function upload(request: Request): Promise<Response> {
  return new Response(String((await request.arrayBuffer()).byteLength), TEXT);
}
