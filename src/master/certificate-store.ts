import type { CertificateFiles, Certificates } from "../listener/certificates.ts";
import type { ListenPlan } from "./plan.ts";

/** The certificates of the listeners for TLS, as they were read last, for workers that may not read keys. */
export class CertificateStore {
  /** By the name of the listener. */
  current: ReadonlyMap<string, Certificates> = new Map();
  #before = this.current;
  #files: ReadonlyMap<string, CertificateFiles>;
  /** Imported where TLS is spoken: OpenSSL's part of node costs a megabyte. */
  #read!: (files: CertificateFiles) => Certificates;

  constructor(plans: readonly ListenPlan[]) {
    this.#files = filesOf(plans);
  }

  /** @throws ListenError */
  async open(): Promise<void> {
    if (this.#files.size === 0) return;
    this.#read = (await import("../listener/certificates.ts")).readCertificates;
    this.#use(this.#files);
  }

  /**
   * Reads all of them again, or none.
   * @param plans which files those are now; a listener that is no more in them keeps its own
   * @throws ListenError
   */
  renew(plans: readonly ListenPlan[]): void {
    const now = filesOf(plans);
    this.#use(new Map([...this.#files].map(([name, files]) => [name, now.get(name) ?? files])));
  }

  /** The workers that were to have the new ones could not be made. */
  goBack(): void {
    this.current = this.#before;
  }

  #use(files: ReadonlyMap<string, CertificateFiles>): void {
    const next = new Map([...files].map(([name, each]) => [name, this.#read(each)]));
    this.#before = this.current;
    this.current = next;
    this.#files = files;
  }
}

function filesOf(plans: readonly ListenPlan[]): ReadonlyMap<string, CertificateFiles> {
  return new Map(plans.flatMap(({ tls }) => (tls ? [[tls.name, tls.files] as const] : [])));
}
