import { createServer } from "node:http";
import listener from "../apps/listener.ts";
import { HOST, PORT, SOCKET } from "./place.ts";

const server = createServer(listener);
if (SOCKET) server.listen(SOCKET);
else server.listen(PORT, HOST);
