import cluster from "node:cluster";
import { createServer } from "node:http";
import listener from "../apps/listener.ts";
import { HOST, PORT, SOCKET, WORKERS } from "./place.ts";

if (cluster.isPrimary) for (let i = 0; i < WORKERS; i++) cluster.fork();
else if (SOCKET) createServer(listener).listen(SOCKET);
else createServer(listener).listen(PORT, HOST);
