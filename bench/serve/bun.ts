import { APP, HOST, PORT } from "./place.ts";

const { default: app } = await import(`../apps/${APP}.ts`);
Bun.serve({ fetch: app.fetch ?? app, port: PORT, hostname: HOST });
