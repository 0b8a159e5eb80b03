import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type CorpusCase, readCorpus } from "../../corpus/read-corpus.ts";
import { transcript } from "./transcript.ts";

const cases = readCorpus(new URL("../../corpus/http1/", import.meta.url), "http");

/** Cases that are accepted here and refused by node's parser, or read otherwise, and why that is right. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "A method nobody knows is a method":
    "node has a list of methods; RFC 9110, section 9.1, leaves them to the app",
  "A method of 32 bytes": "the same list",
  "A method in small letters is another method": "the same list",
  "All token characters in a method": "the same list",
  "HTTP/1.2 is answered as HTTP/1.1":
    "node knows 0.9, 1.0, 1.1 and 2.0; RFC 9110, section 2.5, asks for more",
  "HTTP/1.9 as well": "the same",
  "Whitespace before an extension": "node refuses it; RFC 9112, section 7.1.1, has it read",
  "Whitespace about the parts of an extension": "the same",
};

/** What both tell about a request. Names of header fields as sent. */
interface Told {
  readonly method: string;
  readonly target: string;
  readonly fields: string;
  body: string;
}

describe("what is accepted here, node:http reads the same way", () => {
  let server: Server;
  const told = new Map<number, Told[]>();

  before(async () => {
    const take = (request: IncomingMessage) => {
      const entry = toldByNode(request);
      const port = request.socket.remotePort ?? 0;
      told.set(port, [...(told.get(port) ?? []), entry]);
      request.setEncoding("latin1").on("data", (data: string) => {
        entry.body += data;
      });
    };
    server = createServer({ insecureHTTPParser: false, maxHeaderSize: 65536 }, (request, response) => {
      take(request);
      request.on("end", () => response.end());
    });
    server.on("checkContinue", (request, response) => server.emit("request", request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  for (const one of cases) {
    const ours = toldHere(one);
    if (ours.length === 0) continue;
    test(one.name, async () => {
      const theirs = await ask(one.bytes);
      if (one.title in EXPLAINED) assert.notDeepEqual(theirs, ours, "explained, and yet the same");
      else assert.deepEqual(theirs, ours);
    });
  }

  /** Sends the bytes, and no more, on a connection of its own. */
  async function ask(bytes: Buffer): Promise<Told[]> {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(socket, "connect");
    const port = socket.localPort ?? 0;
    socket.on("error", () => {});
    socket.resume().end(bytes);
    if (!socket.closed) await once(socket, "close");
    return told.get(port) ?? [];
  }
});

test("every difference that is explained is a case", () => {
  const titles = new Set(cases.map(({ title }) => title));
  for (const title of Object.keys(EXPLAINED)) assert.ok(titles.has(title), title);
});

function toldByNode(request: IncomingMessage): Told {
  const fields: string[] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    fields.push(`${request.rawHeaders[at]}:${request.rawHeaders[at + 1]}`);
  }
  return { method: request.method ?? "", target: request.url ?? "", fields: fields.join("\n"), body: "" };
}

/** The requests of a case that are complete, off its transcript. */
function toldHere({ bytes }: CorpusCase): Told[] {
  const requests: Told[] = [];
  for (const request of transcript([bytes]).split(/^end$/m).slice(0, -1)) {
    const [, method, target] = /^head (\S+) (\S+) /m.exec(request) ?? [];
    const fields = [...request.matchAll(/^field ([^:]+): ?(.*)$/gm)].map(
      ([, name, value]) => `${name}:${value}`,
    );
    const body = /^data (.*)$/ms.exec(request)?.[1]?.slice(0, -1) ?? "";
    requests.push({ method: method ?? "", target: target ?? "", fields: fields.join("\n"), body });
  }
  return requests;
}
