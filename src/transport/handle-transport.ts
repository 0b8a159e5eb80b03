import { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import type { AddressOut, StreamBinding, StreamHandle, StreamRequest } from "./stream-binding.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** Bytes of a read, at most: as node's sockets have it. All connections read into the same memory. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);
/** Views of what was read, by their length: making one takes longer than many a request. */
const views: Buffer[] = [];
const LONGEST_KEPT_VIEW = 2048;
/** UV_EOF of libuv. */
const END_OF_FILE = -4095;
/** For the next write, of whichever transport: one that is done at once, as nearly all are, leaves it unused. */
let spare: StreamRequest | undefined;

/**
 * A transport on node's stream handle itself, without the socket that node makes around it: that took a third
 * of the time of a request on a kept connection, and half of one with a connection of its own (docs/adr/0008).
 */
export class HandleTransport implements Transport {
  readonly isUnix: boolean;
  readonly isMovable = true;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly tls = undefined;
  readonly #binding: StreamBinding;
  readonly #handle: StreamHandle;
  #listener: TransportListener | undefined;
  /** Writes that wait for the kernel. */
  #waiting = 0;
  #peerEnded = false;
  #ended = false;
  /** What we had to say is sent, our end with it. */
  #finished = false;
  #closed = false;
  #localAddress: string | undefined;
  #failure: Error | undefined;
  #sent: (() => void) | undefined;

  constructor(binding: StreamBinding, handle: StreamHandle, isUnix: boolean) {
    this.#binding = binding;
    this.#handle = handle;
    this.isUnix = isUnix;
    const peer = addressOf(handle.getpeername?.bind(handle));
    this.remoteAddress = peer.address ?? "";
    this.remotePort = peer.port ?? 0;
    handle.setNoDelay?.(true);
  }

  get localAddress(): string {
    // Of a handle that is closed there is nothing to be had, which need not be kept.
    this.#localAddress ??= addressOf(this.#handle.getsockname?.bind(this.#handle)).address;
    return this.#localAddress ?? "";
  }

  get unsent(): number {
    return this.#closed ? 0 : this.#handle.writeQueueSize;
  }

  get ended(): boolean {
    return this.#ended || this.#closed;
  }

  start(listener: TransportListener): void {
    this.#listener = listener;
    // In a name of its own: see connect.ts.
    const onread = (): void => this.#read();
    this.#handle.onread = onread;
    this.#handle.useUserBuffer(shared);
    this.resume();
  }

  write(part: string | Uint8Array): boolean {
    if (this.ended) return true;
    spare ??= new this.#binding.WriteWrap();
    const failed =
      typeof part === "string"
        ? this.#handle.writeLatin1String(spare, part)
        : this.#handle.writeBuffer(spare, part);
    return this.#written(failed, spare, part);
  }

  writeAll(parts: readonly (string | Uint8Array)[]): boolean {
    if (this.ended) return true;
    const isBytes = parts.every((part) => typeof part !== "string");
    const list = isBytes
      ? [...parts]
      : parts.flatMap((part) => [part, typeof part === "string" ? "latin1" : "buffer"]);
    spare ??= new this.#binding.WriteWrap();
    return this.#written(this.#handle.writev(spare, list, isBytes), spare, parts);
  }

  #written(failed: number, request: StreamRequest, bytes: unknown): boolean {
    if (failed !== 0) {
      spare = undefined;
      this.#fail("write", failed);
      return true;
    }
    const { streamBaseState, kLastWriteWasAsync } = this.#binding;
    if (streamBaseState[kLastWriteWasAsync] === 0) return this.#waiting === 0;
    this.#waiting += 1;
    request.bytes = bytes;
    request.oncomplete = this.#onWritten;
    spare = undefined;
    return false;
  }

  readonly #onWritten = (status: number): void => {
    this.#waiting -= 1;
    if (status < 0) this.#fail("write", status);
    if (this.#waiting > 0 || this.#closed) return;
    this.#listener?.drained();
  };

  pause(): void {
    if (!this.#closed) this.#handle.readStop();
  }

  resume(): void {
    // What keeps it from reading keeps it from writing too, which tells.
    if (!this.#closed && !this.#peerEnded) this.#handle.readStart();
  }

  end(sent: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sent = sent;
    const request = new this.#binding.ShutdownWrap();
    request.oncomplete = this.#finish;
    // Anything but 0: done already, or the peer is gone.
    if (this.#closed || this.#handle.shutdown(request) !== 0) this.#finish();
  }

  readonly #finish = (): void => {
    if (this.#finished) return;
    this.#finished = true;
    this.#sent?.();
    if (this.#peerEnded) this.destroy();
  };

  /** @param status a number of libuv's. */
  #fail(call: string, status: number): void {
    if (!this.#closed) this.#failure = systemError(call, status);
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle.close(this.#onClosed);
  }

  reset(): void {
    if (this.#closed) return;
    if (this.#handle.reset?.(this.#onClosed) === 0) this.#closed = true;
    else this.destroy();
  }

  readonly #onClosed = (): void => {
    if (this.#ended) this.#finish();
    const listener = this.#listener;
    // The collector lets a handle live for a while after its end: all that it leads to would live as long.
    this.#listener = undefined;
    this.#sent = undefined;
    listener?.closed(this.#failure);
  };

  handOver(): StreamHandle | undefined {
    if (this.ended || this.#peerEnded || this.#waiting > 0) return undefined;
    this.#handle.readStop();
    this.#listener = undefined;
    this.#closed = true;
    return this.#handle;
  }

  detach(): Socket {
    this.#handle.readStop();
    const listener = this.#listener;
    this.#listener = undefined;
    this.#closed = true;
    // It cannot be taken from a handle that it is to have memory of its own again: copies are what it gets.
    const onread = {
      buffer: shared,
      callback: (length: number): boolean => socket.push(Buffer.from(shared.subarray(0, length))),
    };
    const socket: Socket = new Socket({ handle: this.#handle, allowHalfOpen: true, onread } as object);
    socket.on("close", () => listener?.closed());
    return socket;
  }

  #read(): void {
    if (this.#closed) return;
    const { streamBaseState, kReadBytesOrError } = this.#binding;
    const length = streamBaseState[kReadBytesOrError]!;
    if (length > 0) {
      this.#listener!.arrived(viewOf(length));
    } else if (length === END_OF_FILE) {
      this.#peerEnded = true;
      this.#listener!.peerEnded();
      if (this.#finished) this.destroy();
    } else if (length < 0) {
      this.#fail("read", length);
    }
  }
}

function systemError(call: string, status: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`${call} ${code}`), { code });
}

function viewOf(length: number): Buffer {
  if (length > LONGEST_KEPT_VIEW) return shared.subarray(0, length);
  views[length] ??= shared.subarray(0, length);
  return views[length];
}

function addressOf(ask: ((into: AddressOut) => number) | undefined): AddressOut {
  const address: AddressOut = {};
  return ask === undefined || ask(address) !== 0 ? {} : address;
}
