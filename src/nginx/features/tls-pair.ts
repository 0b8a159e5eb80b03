/** A certificate (PEM, with those between it and the root) and its key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Where plain HTTP is sent on to https, and what stands behind the host's name there: "", ":8443". */
export interface Redirect {
  readonly from: number;
  readonly to: string;
}
