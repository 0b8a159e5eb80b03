import { createServer } from "node:http";
import { webSocketEcho } from "../web-socket-echo.ts";

/** An http.Server that was never told to listen: Portico serves it, upgrades too. */
const server = createServer((req, res) => res.end(`${req.method} ${req.url}\n`));
server.on("upgrade", webSocketEcho());

export default server;
