import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Container } from "./container.ts";

/** Milliseconds within which a command is to say what is expected of it. */
const LIMIT = 30_000;

/** The container's terminal, as `podman attach` (or `docker attach`) has it. */
export class Attached implements AsyncDisposable {
  readonly #attach: ChildProcessWithoutNullStreams;
  #screen = "";
  #seen: () => void = () => {};

  constructor(container: Container) {
    this.#attach = spawn("podman", ["attach", "--sig-proxy=false", container.name]);
    this.#attach.stdin.on("error", () => {});
    for (const output of [this.#attach.stdout, this.#attach.stderr])
      output.setEncoding("utf8").on("data", (part: string) => {
        this.#screen += part;
        this.#seen();
      });
  }

  /** Types a line; resolves when the text appears after it. */
  async type(line: string, expected: string): Promise<void> {
    const from = this.#screen.length;
    this.#attach.stdin.write(`${line}\n`);
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`"${expected}" did not appear:\n${this.#screen}`));
      const limit = setTimeout(fail, LIMIT);
      this.#seen = () => {
        // What is typed is shown too.
        if (!this.#screen.slice(from).replaceAll(line, "").includes(expected)) return;
        clearTimeout(limit);
        resolve();
      };
      this.#seen();
    });
  }

  leave(): void {
    this.#attach.stdin.write("exit\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#attach.exitCode !== null || this.#attach.signalCode !== null) return;
    // TERM it would ignore, or pass on.
    this.#attach.kill("SIGKILL");
    await once(this.#attach, "exit");
  }
}
