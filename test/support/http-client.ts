import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

export interface Ask {
  readonly method?: string;
  /** Names and values in turn; Host is added where it is missing. */
  readonly headers?: readonly string[];
  /** Sent with its Content-Length; an iterable goes chunked, unless a Content-Length is among the headers. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case, duplicates as a list (node's `headersDistinct`). */
  readonly headers: Readonly<Record<string, string[] | undefined>>;
  readonly body: string;
}

/** Sends requests to 127.0.0.1 and keeps its connections, so that a response framed wrongly spoils the next. */
export class HttpClient {
  readonly port: number;
  readonly #host: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(port: number, host = `127.0.0.1:${port}`) {
    this.port = port;
    this.#host = host;
  }

  get host(): string {
    return this.#host;
  }

  /** @throws where the response is not whole. */
  async ask(path: string, options: Ask = {}): Promise<Answer> {
    const response = await this.open(path, options);
    return { ...headOf(response), body: await text(response) };
  }

  /** Resolves when the head of the response is here; the body is for the caller to read. */
  open(path: string, options: Ask = {}): Promise<IncomingMessage> {
    const { body } = options;
    const sent = this.begin(path, options);
    const answered = responseTo(sent);
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) sent.end(body);
    else void send(body, sent);
    return answered;
  }

  /** The request with its head made and its body for the caller to send. */
  begin(path: string, { method = "GET", headers = [], body }: Ask = {}): ClientRequest {
    const all = [...headers];
    const has = (name: string): boolean => all.some((one, i) => i % 2 === 0 && one.toLowerCase() === name);
    if (!has("host")) all.push("Host", this.#host);
    const known = typeof body === "string" || body instanceof Uint8Array;
    if (known && !has("content-length")) all.push("Content-Length", String(Buffer.byteLength(body)));
    const { port } = this;
    const agent = this.#agent;
    return request({ host: "127.0.0.1", port, method, path, headers: all, agent, maxHeaderSize: MAX_HEAD });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
  });
}

export function headOf(response: IncomingMessage): Omit<Answer, "body"> {
  const { statusCode = 0, statusMessage = "", headersDistinct } = response;
  return { status: statusCode, reason: statusMessage, headers: headersDistinct };
}

/** Bytes; node's own limit of 16 KB is less than what servers send. */
const MAX_HEAD = 128 * 1024;

async function send(body: AsyncIterable<Uint8Array>, sent: ClientRequest): Promise<void> {
  for await (const chunk of body) {
    if (sent.destroyed) return;
    if (!sent.write(chunk))
      await new Promise((resolve) => sent.once("drain", resolve).once("close", resolve));
  }
  sent.end();
}
