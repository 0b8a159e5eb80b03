import { APP, HOST, PORT } from "./place.ts";

const { default: app } = await import(`../apps/${APP}.ts`);
Deno.serve({ port: PORT, hostname: HOST, onListen() {} }, app.fetch ?? app);
