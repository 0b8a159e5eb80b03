import { createServer, IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Reading, ReadRequest } from "./reading.ts";

/** The parser of `node:http` (llhttp) behind a real server, over connections in memory. */
export class NodeReader {
  readonly #server: Server;
  #seen: Recorded[] = [];
  #refusal: string | undefined;

  constructor() {
    const seen = (message: Recorded): void => {
      this.#seen.push(message);
    };
    class Message extends Recorded {
      constructor(socket: Socket) {
        super(socket);
        seen(this);
      }
    }
    // No request is ever answered: the parser goes on all the same, and its errors are not the app's.
    this.#server = createServer({
      IncomingMessage: Message,
      maxHeaderSize: 128 * 1024,
      requireHostHeader: false,
      insecureHTTPParser: false,
      headersTimeout: 0,
      requestTimeout: 0,
    });
    this.#server.on("request", () => {});
    this.#server.on("checkContinue", () => {});
    this.#server.on("checkExpectation", () => {});
    this.#server.on("clientError", (error: NodeJS.ErrnoException & { reason?: string }) => {
      this.#refusal = `${error.code}: ${error.reason ?? error.message}`;
    });
  }

  /** Everything happens before it returns, but the socket's end. */
  read(pieces: Iterable<Buffer>): Reading {
    this.#seen = [];
    this.#refusal = undefined;
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    socket.on("error", () => {});
    this.#server.emit("connection", socket);
    for (const piece of pieces) {
      if (this.#refusal !== undefined || socket.destroyed) break;
      socket.emit("data", piece);
    }
    const refusal = this.#refusalOn(socket);
    socket.destroy();
    const requests = this.#seen.map((message) => message.told());
    const last = requests.findIndex(isClosingAfterAll);
    if (last < 0) return { requests, refusal, isDoomed: false };
    return { requests: requests.slice(0, last + 1), refusal: undefined, isDoomed: false };
  }

  #refusalOn({ destroyed }: Duplex): string | undefined {
    if (this.#refusal === undefined) return destroyed ? "the server closed the connection" : undefined;
    // What comes behind a request that said close is read by neither.
    return this.#refusal.startsWith("HPE_CLOSED_CONNECTION") ? undefined : this.#refusal;
  }
}

/**
 * Where HTTP/1.0 says both, llhttp takes keep-alive for the last word and reads on; "close" is the last
 * word (RFC 9112, section 9.3).
 */
function isClosingAfterAll({ version, fields }: ReadRequest): boolean {
  if (version !== "1.0") return false;
  const options = fields
    .filter((_, at) => at % 2 === 1 && fields[at - 1]!.toLowerCase() === "connection")
    .flatMap((value) =>
      value
        .toLowerCase()
        .split(",")
        .map((option) => option.trim()),
    );
  return options.includes("close") && options.includes("keep-alive");
}

/** Keeps what the parser hands it, as it comes, apart from any stream. */
class Recorded extends IncomingMessage {
  #body = "";
  #isComplete = false;

  override push(chunk: Buffer | null): boolean {
    if (chunk === null) this.#isComplete = true;
    else this.#body += chunk.toString("latin1");
    return true;
  }

  told(): ReadRequest {
    return {
      method: this.method ?? "",
      target: this.url ?? "",
      version: this.httpVersion,
      fields: this.rawHeaders,
      body: this.#body,
      isComplete: this.#isComplete,
    };
  }
}
