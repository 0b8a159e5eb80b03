/** A certificate (PEM, with those between it and the root) and its key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}
