import type { IncomingMessage, ServerResponse } from "node:http";

export default (_req: IncomingMessage, res: ServerResponse) => {
  res.writeHead(200, { "content-type": "text/plain", "content-length": "13" });
  res.end("Hello, World!");
};
