import { build } from "../apps/fastify.ts";
import { HOST, PORT, SOCKET } from "./place.ts";

await build().listen(SOCKET ? { path: SOCKET } : { port: PORT, host: HOST });
