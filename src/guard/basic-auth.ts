import { createHmac, randomBytes } from "node:crypto";
import type { Log } from "../log/log.ts";
import { printable } from "../log/printable.ts";
import { clientNetwork } from "./client-network.ts";
import { PasswordFile } from "./password-file.ts";
import { verifyPassword } from "./password-hash.ts";
import { type RateTable, sharedClock } from "./rate-table.ts";

/** Passwords that a client may get wrong at once, and how many more a second. */
const WRONG_AT_ONCE = 10;
const WRONG_RATE = 10 / 60;
/** Passwords that may wait to be verified; more are told to come again. */
const WAITING = 64;
/** Credentials that are known to be right, so that a slow hash is made once. */
const KNOWN = 4_096;

export type Identity =
  | { readonly kind: "user"; readonly name: string }
  /** None was given, or a wrong one. */
  | { readonly kind: "nobody" }
  /** Seconds to wait: too many wrong ones, or too many at once. */
  | { readonly kind: "later"; readonly status: 429 | 503; readonly seconds: number }
  /** The file cannot be read. */
  | { readonly kind: "closed" };

/** Basic authentication (RFC 7617) from htpasswd files. */
export class BasicAuth {
  readonly #table: RateTable;
  readonly #log: Log;
  readonly #files = new Map<string, PasswordFile>();
  readonly #secret = randomBytes(32);
  readonly #known = new Set<string>();
  /** One at a time: a flood of passwords takes turns with what the app does. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(table: RateTable, log: Log) {
    this.#table = table;
    this.#log = log;
  }

  /** At once where the credentials are known, or are none. @param headers names and values in turn */
  identify(file: string, headers: readonly string[], address: string): Identity | Promise<Identity> {
    const users = this.#fileOf(file).users(performance.now());
    if (users === undefined) return { kind: "closed" };
    const given = credentials(headers);
    if (given === undefined || users.size === 0) return { kind: "nobody" };
    const { name, password } = given;
    const stored = users.get(name);
    const key = createHmac("sha256", this.#secret)
      .update(`${file}\0${name}\0${stored}\0`)
      .update(password)
      .digest("base64");
    if (stored !== undefined && this.#known.has(key)) return { kind: "user", name };
    const now = sharedClock();
    const wrong = `wrong ${clientNetwork(address)}`;
    const level = this.#table.look(wrong, WRONG_RATE, now);
    if (level.excess > WRONG_AT_ONCE)
      return {
        kind: "later",
        status: 429,
        seconds: Math.max(1, Math.ceil((level.excess - WRONG_AT_ONCE) / WRONG_RATE)),
      };
    if (this.#waiting >= WAITING) return { kind: "later", status: 503, seconds: 1 };
    // Counted before it is known, so that none slips through beside others; taken back where it is right.
    this.#table.count(level, now);
    const verified = this.#verify(password, stored ?? users.values().next().value!).then(
      (right): Identity => {
        if (right && stored !== undefined) {
          const back = this.#table.look(wrong, WRONG_RATE, sharedClock());
          this.#table.count({ ...back, excess: Math.max(0, back.excess - 2) }, sharedClock());
          this.#remember(key);
          return { kind: "user", name };
        }
        this.#log.info(`wrong name or password for "${printable(name.slice(0, 64))}" from ${address}`);
        return { kind: "nobody" };
      },
    );
    return verified;
  }

  /** Of an unknown name some other's hash is tried: it takes as long. */
  #verify(password: Buffer, stored: string): Promise<boolean> {
    this.#waiting += 1;
    const mine = this.#turn.then(() => verifyPassword(password, stored));
    this.#turn = mine.finally(() => (this.#waiting -= 1)).catch(() => {});
    return mine;
  }

  #remember(key: string): void {
    if (this.#known.size >= KNOWN)
      for (const oldest of this.#known) {
        this.#known.delete(oldest);
        break;
      }
    this.#known.add(key);
  }

  #fileOf(path: string): PasswordFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = new PasswordFile(path, this.#log);
      this.#files.set(path, file);
    }
    return file;
  }
}

/** What the client says; the name has one latin1 character a byte. */
function credentials(headers: readonly string[]): { name: string; password: Buffer } | undefined {
  let text: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() !== "authorization") continue;
    // An app might take the other one.
    if (text !== undefined) return undefined;
    text = headers[i + 1]!;
  }
  const [, encoded] = /^basic +([\w+/-]+={0,2})$/i.exec(text ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  const colon = bytes.indexOf(0x3a);
  if (colon <= 0) return undefined;
  const name = bytes.toString("latin1", 0, colon);
  // Control characters are not allowed (RFC 7617, section 2), and would end a line of somebody's log.
  return /[\x00-\x1f\x7f]/.test(name) ? undefined : { name, password: bytes.subarray(colon + 1) };
}
