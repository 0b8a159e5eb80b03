import type { CertificateFiles, Certificates } from "../listener/certificates.ts";
import type { ListenPlan } from "./plan.ts";

/** The certificates of the listeners for TLS, as they were read last, for workers that may not read keys. */
export class CertificateStore {
  current: ReadonlyMap<CertificateFiles, Certificates> = new Map();
  readonly #files: readonly CertificateFiles[];
  #before = this.current;
  /** Imported where TLS is spoken: OpenSSL's part of node costs a megabyte. */
  #read!: (files: CertificateFiles) => Certificates;

  constructor(plans: readonly ListenPlan[]) {
    this.#files = plans.flatMap(({ tls }) => (tls ? [tls] : []));
  }

  /** @throws ListenError */
  async open(): Promise<void> {
    if (this.#files.length === 0) return;
    this.#read = (await import("../listener/certificates.ts")).readCertificates;
    this.renew();
  }

  /** Reads all of them again, or none. @throws ListenError */
  renew(): void {
    const next = new Map(this.#files.map((files) => [files, this.#read(files)]));
    this.#before = this.current;
    this.current = next;
  }

  /** The workers that were to have the new ones could not be made. */
  goBack(): void {
    this.current = this.#before;
  }
}
