import { closeSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { packetFacts } from "./packet-facts.ts";
import { sharedMemory } from "./shared-memory.ts";

/**
 * Bytes: the time of each thread, a double; then the mark of what each took last out of a router's queue, of which
 * the first four are a number; then the first bytes of each one's packet.
 */
const TIME = 8;
const MARK = 8;
const PACKET = 8192;
const THREAD = TIME + MARK + PACKET;
/** Numbers are as the machine has them. */
const LITTLE_ENDIAN = endianness() === "LE";

/**
 * What the threads of a Python worker serve, in a file without a name that the worker maps into its memory
 * (python/portico_worker/held.py) and the master reads when the worker was killed.
 */
export class HeldMemory {
  /** For the worker to inherit. */
  readonly fd: number;
  readonly #threads: number;

  /** @returns undefined where there is no folder for it: then nobody will know. */
  static create(threads: number, temporary: string): HeldMemory | undefined {
    const fd = sharedMemory(Buffer.alloc(threads * THREAD), temporary);
    return fd === undefined ? undefined : new HeldMemory(fd, threads);
  }

  private constructor(fd: number, threads: number) {
    this.fd = fd;
    this.#threads = threads;
  }

  /** All of it. */
  read(): Buffer {
    const bytes = Buffer.alloc(this.#threads * THREAD);
    readSync(this.fd, bytes, 0, bytes.length, 0);
    return bytes;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/**
 * One line for each thread that was serving, "GET /slow from 192.0.2.7, 3.2 s"; foreign text, as it came.
 * @param bytes all that a worker shared
 */
export function heldLines(bytes: Buffer): string[] {
  const threads = Math.floor(bytes.length / THREAD);
  const now = Number(process.hrtime.bigint()) / 1e9;
  const lines: string[] = [];
  for (let i = 0; i < threads; i++) {
    // Python's time.monotonic is the same clock.
    const since = LITTLE_ENDIAN ? bytes.readDoubleLE(i * TIME) : bytes.readDoubleBE(i * TIME);
    if (!(since > 0)) continue;
    const at = threads * (TIME + MARK) + i * PACKET;
    const { method, target, address } = packetFacts(bytes.subarray(at, at + PACKET));
    lines.push(`${method} ${target} from ${address}, ${Math.max(0, now - since).toFixed(1)} s`);
  }
  return lines;
}

/**
 * The number of the request that each thread took last out of a router's queue, answered or not.
 * @param bytes all that a worker shared
 */
export function takenNumbers(bytes: Buffer): number[] {
  const threads = Math.floor(bytes.length / THREAD);
  const numbers: number[] = [];
  for (let i = 0; i < threads; i++) {
    const number = bytes.readUInt32LE(threads * TIME + i * MARK);
    if (number !== 0) numbers.push(number);
  }
  return numbers;
}
