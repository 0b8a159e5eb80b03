import type { Socket } from "node:net";
import type { TlsFacts, Transport, TransportListener } from "./transport.ts";

/** A transport on a socket: what TLS has, and what any node has. */
export class SocketTransport implements Transport {
  readonly isUnix: boolean;
  /** What the socket may have read already is not to be had, nor what TLS knows. */
  readonly isMovable = false;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly tls: TlsFacts | undefined;
  readonly #socket: Socket;
  #listener: TransportListener | undefined;

  constructor(socket: Socket, isUnix: boolean, tls?: TlsFacts) {
    this.isUnix = isUnix;
    this.tls = tls;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  get localAddress(): string {
    return this.#socket.localAddress ?? "";
  }

  get unsent(): number {
    // What the kernel has not taken yet, of a large write too: node's own timeouts look at it the same way.
    const { _handle } = this.#socket as { _handle?: { writeQueueSize?: number } | null };
    return Math.max(this.#socket.writableLength, _handle?.writeQueueSize ?? 0);
  }

  get ended(): boolean {
    return this.#socket.destroyed || this.#socket.writableEnded;
  }

  start(listener: TransportListener): void {
    this.#listener = listener;
    const socket = this.#socket;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("drain", this.#onDrain);
    // "close" always follows.
    let failure: Error | undefined;
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => listener.closed(failure));
  }

  write(part: string | Uint8Array): boolean {
    if (this.ended) return true;
    return typeof part === "string" ? this.#socket.write(part, "latin1") : this.#socket.write(part);
  }

  writeAll(parts: readonly (string | Uint8Array)[]): boolean {
    this.#socket.cork();
    let more = true;
    for (const part of parts) more = this.write(part);
    this.#socket.uncork();
    return more;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(sent: () => void): void {
    // Twice would make an error, with its stack, for nobody.
    if (!this.#socket.writableEnded) this.#socket.end(sent);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    // TLS without its own end (RFC 8446, section 6.1) is cut off for whoever listens to it.
    if (this.isUnix || this.tls) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  handOver(): undefined {
    return undefined;
  }

  detach(): Socket {
    const socket = this.#socket;
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("drain", this.#onDrain);
    socket.pause();
    // Neither flowing nor stopped: whoever listens for data next gets it from here on.
    (socket as { readableFlowing: boolean | null }).readableFlowing = null;
    return socket;
  }

  readonly #onData = (chunk: Buffer): void => this.#listener?.arrived(chunk);
  readonly #onEnd = (): void => this.#listener?.peerEnded();
  readonly #onDrain = (): void => this.#listener?.drained();
}
