import { Hono } from "hono";
import { burn, HELLO, ITEMS, LOADED, language, stream } from "./answers.ts";

/** The same on Hono: its node server, Portico, Bun and Deno run this very file. */
const app = new Hono();

app.get("/", (c) => c.text(HELLO));
app.get("/headers", (c) => c.text(language(c.req.header("accept-language"), c.req.header("cookie"))));
app.get("/json", (c) => c.json(ITEMS));
app.post("/echo", async (c) => c.json(await c.req.json()));
app.post("/upload", async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
app.get("/stream", (c) => c.body(stream(), 200, { "content-type": "application/octet-stream" }));
app.get("/burn", (c) => {
  burn();
  return c.text(HELLO);
});
app.get("/loaded", (c) => c.text(LOADED));

export default app;
