import { Readable } from "node:stream";
import fastify, { type FastifyInstance } from "fastify";
import { burn, CHUNK, CHUNKS, HELLO, ITEMS, LOADED, language } from "./answers.ts";

/**
 * The same on Fastify. Without the schema of the response that its documentation advises: for these
 * items its serializer takes 1.6 times as long as JSON.stringify.
 */
export function build(): FastifyInstance {
  const app = fastify();
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, bytes, done) =>
    done(null, bytes),
  );
  app.get("/", (_request, reply) => reply.type("text/plain").send(HELLO));
  app.get("/headers", ({ headers }, reply) =>
    reply.type("text/plain").send(language(headers["accept-language"], headers.cookie)),
  );
  app.get("/json", (_request, reply) => reply.send(ITEMS));
  app.post("/echo", (request, reply) => reply.send(request.body));
  app.post("/upload", { bodyLimit: 2 ** 21 }, (request, reply) =>
    reply.type("text/plain").send(String((request.body as Buffer).length)),
  );
  app.get("/stream", (_request, reply) =>
    reply.type("application/octet-stream").send(Readable.from(chunks(), { objectMode: false })),
  );
  app.get("/burn", (_request, reply) => {
    burn();
    return reply.type("text/plain").send(HELLO);
  });
  app.get("/loaded", (_request, reply) => reply.type("text/plain").send(LOADED));
  return app;
}

function* chunks(): Generator<Uint8Array> {
  for (let i = 0; i < CHUNKS; i++) yield CHUNK;
}
