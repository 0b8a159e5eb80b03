/** A listener for HTTP that takes the place of a `listen` of NGINX's. */
export interface SiteListener {
  readonly address: { readonly kind: "tcp"; readonly host: string; readonly port: number };
  /** PEM files, absolute; undefined: plain HTTP. */
  readonly tls?: {
    readonly pairs: readonly { readonly certificate: string; readonly key: string }[];
    /** Of clients' certificates. */
    readonly authority: string | undefined;
    /** What a message begins with: "hello.ini:9: Cannot set tls". */
    readonly where: string;
  };
  /** Whoever asks there is sent on to https, with this behind the host's name: "", ":8443". */
  readonly redirect?: string;
}
