import type { GuardConfig } from "../channel/messages.ts";
import type { Config } from "../options/config.ts";
import { sharedMemory } from "./shared-memory.ts";

/** Bytes: what src/guard/rate-table.ts keeps in it, and the random in front that its keys are hashed with. */
const TABLE = 64 + 1024 * 1024;
const SECRET = 64;

/** What listeners for HTTP on TCP keep of `[nginx]`, read again at each reload. */
export class Guards {
  readonly #read: (config: Config) => GuardConfig | undefined;
  readonly #temporary: string;
  /** Kept as long as the master: a reload forgets nobody. */
  #fd: number | undefined;
  #rules: GuardConfig | undefined;
  #before: GuardConfig | undefined;

  constructor(read: (config: Config) => GuardConfig | undefined, temporary: string) {
    this.#read = read;
    this.#temporary = temporary;
  }

  /** @throws what `read` throws, or Error where there is no folder for the memory. */
  renew(config: Config): void {
    const next = this.#read(config);
    if (next !== undefined && counts(next) && this.#fd === undefined) {
      const bytes = Buffer.alloc(TABLE);
      process.getBuiltinModule("node:crypto").randomFillSync(bytes, 0, SECRET);
      this.#fd = sharedMemory(bytes, this.#temporary);
      if (this.#fd === undefined)
        throw new Error(
          `Cannot count requests and passwords: no file can be made in /dev/shm or ${this.#temporary}`,
        );
    }
    this.#before = this.#rules;
    this.#rules = next;
  }

  goBack(): void {
    this.#rules = this.#before;
  }

  get current(): { readonly rules: GuardConfig; readonly fd: number | undefined } | undefined {
    if (this.#rules === undefined) return undefined;
    return { rules: this.#rules, fd: counts(this.#rules) ? this.#fd : undefined };
  }
}

/** Whether anything is to be remembered of clients. */
function counts({ throttle, auth, access }: GuardConfig): boolean {
  return throttle.length + auth.length + access.length > 0;
}
