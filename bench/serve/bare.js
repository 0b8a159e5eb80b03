import { createServer } from "node:http";

createServer((_req, res) => {
  res.writeHead(200, { "content-type": "text/plain", "content-length": "13" });
  res.end("Hello, World!");
}).listen(Number(process.env.PORT), "127.0.0.1");
