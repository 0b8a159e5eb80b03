import { closeSync, readSync } from "node:fs";
import { packetFacts } from "./packet-facts.ts";
import { sharedMemory } from "./shared-memory.ts";

/** Bytes: the time of each thread, a double; then the first bytes of each one's packet. */
const TIME = 8;
const PACKET = 8192;

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
    const fd = sharedMemory(Buffer.alloc(threads * (TIME + PACKET)), temporary);
    return fd === undefined ? undefined : new HeldMemory(fd, threads);
  }

  private constructor(fd: number, threads: number) {
    this.fd = fd;
    this.#threads = threads;
  }

  /** One line for each thread that was serving, "GET /slow from 192.0.2.7, 3.2 s"; foreign text, as it came. */
  read(): string[] {
    const bytes = Buffer.alloc(this.#threads * (TIME + PACKET));
    readSync(this.fd, bytes, 0, bytes.length, 0);
    const now = Number(process.hrtime.bigint()) / 1e9;
    const lines: string[] = [];
    for (let i = 0; i < this.#threads; i++) {
      // Python's time.monotonic is the same clock.
      const since = new Float64Array(bytes.buffer, bytes.byteOffset + i * TIME, 1)[0]!;
      if (!(since > 0)) continue;
      const at = this.#threads * TIME + i * PACKET;
      const { method, target, address } = packetFacts(bytes.subarray(at, at + PACKET));
      lines.push(`${method} ${target} from ${address}, ${Math.max(0, now - since).toFixed(1)} s`);
    }
    return lines;
  }

  close(): void {
    closeSync(this.fd);
  }
}
