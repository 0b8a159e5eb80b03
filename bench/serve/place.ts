/** Where a server has to listen: a port of 127.0.0.1, or a unix socket. */
export const PORT = Number(process.env["PORT"]);
export const SOCKET = process.env["SOCKET"];
export const HOST = "127.0.0.1";
/** Which app, where a server has a choice. */
export const APP = process.env["APP"] ?? "hono";
export const WORKERS = Number(process.env["WORKERS"] ?? 1);
