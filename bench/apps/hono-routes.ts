import { Hono } from "hono";

/** 100 routes, every second one with a parameter: `/things7/` and `/things8/:id`. */
const app = new Hono();

app.get("/", (c) => c.text("Hello, World!"));
for (let i = 0; i < 100; i += 2) {
  app.get(`/things${i}/`, (c) => c.text("Hello, World!"));
  app.get(`/things${i + 1}/:id`, (c) => c.text(`Hello, ${c.req.param("id")}!`));
}

export default app;
