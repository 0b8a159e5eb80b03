import { serve } from "@hono/node-server";
import { APP, HOST, PORT } from "./place.ts";

const { default: app } = await import(`../apps/${APP}.ts`);
serve({ fetch: app.fetch, port: PORT, hostname: HOST });
