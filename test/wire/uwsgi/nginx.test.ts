import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { fieldLines } from "../../../src/wire/http1/response-encoder.ts";
import { UwsgiRequestDecoder } from "../../../src/wire/uwsgi/request-decoder.ts";
import { encodeHead } from "../../../src/wire/uwsgi/response-encoder.ts";
import { answerTo, nginxSuite, type TinyServer } from "../cgi/nginx-suite.ts";

nginxSuite("uwsgi behind NGINX", "uwsgi", "", serve);

async function serve(): Promise<TinyServer> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

function answer(socket: Socket): void {
  const decoder = new UwsgiRequestDecoder(4096);
  const body: Buffer[] = [];
  let variables: string[] = [];
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    decoder.push(chunk);
    for (let event = decoder.next(); event.type !== "need-data"; event = decoder.next()) {
      if (event.type === "packet") variables = event.variables;
      else if (event.type === "data") body.push(event.chunk);
      else if (event.type === "done") return;
      else {
        const response = answerTo(variables, Buffer.concat(body));
        socket.write(encodeHead(299, "Very Fine", fieldLines(response.headers)), "latin1");
        socket.end(response.body);
      }
    }
  });
}
