import { readFileSync, statSync } from "node:fs";
import type { Log } from "../log/log.ts";
import { isVerifiable } from "./password-hash.ts";

/** How long one is taken for unchanged, milliseconds. */
const FRESH = 1_000;
/** Bytes: tens of thousands of users. */
const LARGEST = 4 * 1024 * 1024;

/** An htpasswd file, `name:hash` a line, read again when it has changed. */
export class PasswordFile {
  readonly #path: string;
  readonly #log: Log;
  #users: ReadonlyMap<string, string> | undefined;
  #version = "";
  /** Told already. */
  #failure = "";
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** Names, one latin1 character a byte, and hashes that are verifiable. undefined: it cannot be read. @param now milliseconds */
  users(now: number): ReadonlyMap<string, string> | undefined {
    if (now - this.#lookedAt < FRESH) return this.#users;
    this.#lookedAt = now;
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.#version) return this.#users;
      this.#version = version;
      if (size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
      this.#users = this.#parse(readFileSync(this.#path, "latin1"));
      this.#failure = "";
    } catch (error) {
      const { message } = error as Error;
      if (this.#failure !== message) this.#log.error(`nobody is let in by ${this.#path}: ${message}`);
      this.#failure = message;
      this.#version = "";
      this.#users = undefined;
    }
    return this.#users;
  }

  #parse(text: string): Map<string, string> {
    const users = new Map<string, string>();
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      const [, name, stored] = /^([^#:][^:]*):([^:]*)/.exec(line) ?? [];
      if (name === undefined || stored === undefined) continue;
      // The first counts, as for NGINX.
      if (users.has(name)) continue;
      if (isVerifiable(stored)) users.set(name, stored);
      else
        this.#log.warn(
          `${this.#path}:${i + 1}: NGINX alone can verify such a hash, and its user is not let in here: openssl passwd -6 makes one that both can`,
        );
    }
    return users;
  }
}
