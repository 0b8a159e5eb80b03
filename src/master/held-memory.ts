import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { packetFacts } from "./packet-facts.ts";

/** Bytes: the time of each thread, a double; then the first bytes of each one's packet. */
const TIME = 8;
const PACKET = 8192;
/** Memory rather than a disk, where the system has such a folder: it may hold cookies. */
const MEMORY = "/dev/shm";
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
    for (const folder of [MEMORY, temporary]) {
      try {
        return new HeldMemory(unnamedFile(folder, threads * (TIME + PACKET)), threads);
      } catch {
        // Not there, not writable or full: the next.
      }
    }
    return undefined;
  }

  private constructor(fd: number, threads: number) {
    this.fd = fd;
    this.#threads = threads;
  }

  /** As `heldLines`. */
  read(): string[] {
    const bytes = Buffer.alloc(this.#threads * (TIME + PACKET));
    readSync(this.fd, bytes, 0, bytes.length, 0);
    return heldLines(bytes);
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
  const threads = Math.floor(bytes.length / (TIME + PACKET));
  const now = Number(process.hrtime.bigint()) / 1e9;
  const lines: string[] = [];
  for (let i = 0; i < threads; i++) {
    // Python's time.monotonic is the same clock.
    const since = LITTLE_ENDIAN ? bytes.readDoubleLE(i * TIME) : bytes.readDoubleBE(i * TIME);
    if (!(since > 0)) continue;
    const at = threads * TIME + i * PACKET;
    const { method, target, address } = packetFacts(bytes.subarray(at, at + PACKET));
    lines.push(`${method} ${target} from ${address}, ${Math.max(0, now - since).toFixed(1)} s`);
  }
  return lines;
}

function unnamedFile(folder: string, size: number): number {
  const path = join(folder, `portico-${process.pid}-${process.hrtime.bigint()}`);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    unlinkSync(path);
    // Written and not only made longer: a full disk is to be noticed here, and not by who maps it (SIGBUS).
    writeSync(fd, Buffer.alloc(size));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
