/** How much of each part of a request is read before it is refused. Lengths in bytes. */
export interface Http1Limits {
  /** The request line without its CRLF; a longer one is a 414 (RFC 9112, section 3). */
  readonly requestLine: number;
  /** The whole head, request line and empty line and CRLFs included; a longer one is a 431 (RFC 6585, section 5). */
  readonly head: number;
  /** Field lines in a head, and in a trailer section; one more is a 431. */
  readonly headerCount: number;
  /** A chunk-size line with its extensions, without its CRLF; a longer one is a 400 (RFC 9112, section 7.1.1). */
  readonly chunkLine: number;
  /** The trailer section with all CRLFs; a longer one is a 431. */
  readonly trailers: number;
}

/** RFC 9112, section 3, asks for 8000 bytes of request line at the least; the rest is what servers commonly take. */
export const DEFAULT_HTTP1_LIMITS: Http1Limits = {
  requestLine: 8192,
  head: 32768,
  headerCount: 128,
  chunkLine: 256,
  trailers: 8192,
};
