import type { SendConfig } from "../channel/messages.ts";
import type { Certificates } from "../listener/certificates.ts";
import type { Config } from "../options/config.ts";
import { CertificateStore } from "./certificate-store.ts";
import { Guards } from "./guards.ts";
import { findInterpreter } from "./interpreter.ts";
import type { MasterOptions } from "./master-options.ts";
import { type Plan, planOf } from "./plan.ts";
import type { WorkerOptions } from "./worker-process.ts";

/** What workers are given of the machine beside sockets: looked up at the start and again at each reload. */
export class Provisions {
  /** The Python that runs workers; undefined where no app is in Python. */
  python: string | undefined;
  readonly #plan: Plan;
  readonly #options: MasterOptions;
  readonly #certificates: CertificateStore;
  readonly #guards: Guards;
  #sendFiles: SendConfig | undefined;
  #pythonBefore: string | undefined;
  #sendFilesBefore: SendConfig | undefined;

  constructor(plan: Plan, options: MasterOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#certificates = new CertificateStore(plan.listen);
    this.#guards = new Guards(options.guards, options.temporary);
  }

  get certificates(): ReadonlyMap<string, Certificates> {
    return this.#certificates.current;
  }

  /** What node's workers are to keep. */
  get guard(): WorkerOptions["guard"] {
    return this.#guards.current;
  }

  /** Files that the app of a node worker, or those behind a router, may have sent. */
  get sendFiles(): SendConfig | undefined {
    return this.#sendFiles;
  }

  /** @throws as `renew`. */
  async open(config: Config): Promise<void> {
    this.python = this.#findPython(config);
    this.#sendFiles = this.#options.sendFiles(config);
    this.#guards.renew(config);
    await this.#certificates.open();
  }

  /** Looks up all of it again. @throws Error where some is wrong: all is as before then. */
  renew(config: Config): void {
    const python = this.#findPython(config);
    const sendFiles = this.#options.sendFiles(config);
    this.#guards.renew(config);
    try {
      this.#certificates.renew(planOf(config, "/").listen);
    } catch (error) {
      this.#guards.goBack();
      throw error;
    }
    this.#pythonBefore = this.python;
    this.python = python;
    this.#sendFilesBefore = this.#sendFiles;
    this.#sendFiles = sendFiles;
  }

  /** The workers that were to have what is new could not be made. */
  goBack(): void {
    this.python = this.#pythonBefore;
    this.#sendFiles = this.#sendFilesBefore;
    this.#certificates.goBack();
    this.#guards.goBack();
  }

  #findPython(config: Config): string | undefined {
    if (!this.#plan.pools.some(({ kind }) => kind === "python")) return undefined;
    const { path, version, why } = findInterpreter(config, this.#options.env, this.#options.cache);
    if (path !== this.python) this.#options.log.info(`Python apps run on ${path}, ${version}: ${why}`);
    return path;
  }
}
