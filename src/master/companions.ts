import type { Config } from "../options/config.ts";
import type { Companion, CompanionStatus } from "./companion.ts";
import type { CompanionHost, CompanionProcess } from "./companion-process.ts";

/** All companions of an instance: those behind the workers and those in front of them. */
export class Companions {
  readonly #companions: readonly Companion[];
  readonly #host: CompanionHost;
  #all: readonly CompanionProcess[] = [];

  constructor(companions: readonly Companion[], host: CompanionHost) {
    this.#companions = companions;
    this.#host = host;
  }

  /** Before anything else. What keeps them is loaded where there are any. */
  async open(): Promise<void> {
    if (this.#companions.length === 0) return;
    const { CompanionProcess } = await import("./companion-process.ts");
    this.#all = this.#companions.map((companion) => new CompanionProcess(companion, this.#host));
  }

  has(place: Companion["place"]): boolean {
    return this.#at(place).length > 0;
  }

  /** @throws Error of the first that does not come up */
  async start(place: Companion["place"]): Promise<void> {
    await Promise.all(this.#at(place).map((process) => process.start()));
  }

  /** @param mercy milliseconds for them to finish; 0: at once */
  async stop(place: Companion["place"], mercy: number): Promise<void> {
    await Promise.all(this.#at(place).map((process) => process.stop(mercy)));
  }

  /**
   * Looks at a new configuration.
   * @param mercy milliseconds for those that are started anew to end
   * @param all whether those are started anew that cannot take up a configuration; not where one app alone is reloaded
   * @returns brings it into force once the workers have been replaced; what to tell of those that did not take it
   * @throws Error of the first that cannot use it
   */
  async reload(config: Config, mercy: number, all: boolean): Promise<() => Promise<string[]>> {
    const steps: { name: string; act: () => Promise<void> }[] = [];
    for (const process of this.#all) {
      const { companion } = process;
      const change = companion.reload(config);
      if (change === "restart" && !all) continue;
      const act = change === "restart" ? () => process.restart(mercy) : await change;
      if (act !== undefined) steps.push({ name: companion.name, act });
    }
    return async () => {
      const notes: string[] = [];
      for (const { name, act } of steps)
        await act().catch((error: Error) => notes.push(`${name} goes on as before: ${error.message}`));
      return notes;
    };
  }

  reopenLogs(): void {
    for (const process of this.#all) process.reopenLogs();
  }

  status(): CompanionStatus[] {
    return this.#all.map((process) => process.status());
  }

  get listeners(): string[] {
    return this.#all.flatMap(({ companion }) => companion.listeners());
  }

  get url(): string | undefined {
    for (const { companion } of this.#at("front")) {
      const url = companion.url();
      if (url !== undefined) return url;
    }
    return undefined;
  }

  #at(place: Companion["place"]): CompanionProcess[] {
    return this.#all.filter(({ companion }) => companion.place === place);
  }
}
