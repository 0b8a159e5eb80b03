import { FastResponse, serve } from "srvx";
import { APP, HOST, PORT } from "./place.ts";

// srvx's documentation advises its own Response on node.
globalThis.Response = FastResponse;
const { default: app } = await import(`../apps/${APP}.ts`);
serve({ fetch: app.fetch ?? app, port: PORT, hostname: HOST, silent: true, gracefulShutdown: false });
