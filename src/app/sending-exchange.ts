import type { Exchange } from "./exchange.ts";
import type { SentFiles, SentPlace } from "./sent-files.ts";
import { WrappedExchange } from "./wrapped-exchange.ts";

/**
 * Who stands in front: "site", which sends the declared files itself; "server": a web server, which may have files
 * of its own to send; "nobody": perhaps the client itself.
 */
export type Front = "site" | "server" | "nobody";

/** An exchange whose app may answer with a file's name, X-Accel-Redirect: then what it writes is nobody's. */
export class SendingExchange extends WrappedExchange {
  readonly #files: SentFiles;
  readonly #front: Front;
  #isSent = false;

  constructor(inner: Exchange, files: SentFiles, front: Front) {
    super(inner);
    this.#files = files;
    this.#front = front;
  }

  override sends(path: string): boolean {
    return this.#files.place(path)?.names !== undefined;
  }

  override respond(status: number, reason: string | undefined, headers: readonly string[]): void {
    const place = this.#place(headers);
    if (place === undefined) this.inner.respond(status, reason, headers);
    else this.#send(place, headers);
  }

  override respondWith(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    body: string | Uint8Array | undefined,
  ): void {
    const place = this.#place(headers);
    if (place === undefined) this.inner.respondWith(status, reason, headers, body);
    else this.#send(place, headers);
  }

  override write(chunk: Uint8Array): boolean {
    return this.#isSent || this.inner.write(chunk);
  }

  override drained(wake: () => void): void {
    if (this.#isSent) queueMicrotask(wake);
    else this.inner.drained(wake);
  }

  override end(): void {
    if (!this.#isSent) this.inner.end();
  }

  override abort(reason?: unknown): void {
    this.inner.abort(reason);
  }

  /**
   * Where the file is that we are to send; undefined: none, or it is not ours to send.
   * @throws TypeError where nobody else would know what to do with the header
   */
  #place(headers: readonly string[]): SentPlace | undefined {
    if (this.#front === "site" || this.inner.ended || this.inner.started) return undefined;
    const at = headers.findIndex(
      (name, i) => i % 2 === 0 && name.length === 16 && name.toLowerCase() === "x-accel-redirect",
    );
    if (at < 0) return undefined;
    const place = this.#files.place(headers[at + 1]!);
    if (place === undefined && this.#front === "nobody")
      throw new TypeError(
        `Cannot send a file: expected in X-Accel-Redirect a path that send-files in [nginx] declares: got ${JSON.stringify(headers[at + 1])}`,
      );
    return place;
  }

  #send(place: SentPlace, headers: readonly string[]): void {
    this.#files.send(this.inner, place, headers);
    this.#isSent = true;
  }
}
