import type { Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip, createZstdCompress } from "node:zlib";
import type { Coding } from "./compression-plan.ts";

/** A stream of node's zlib, and how it is told to give out what it has. */
export interface Encoder {
  readonly stream: Transform;
  flush(): void;
}

/** Window of brotli and zstd, a power of two of bytes: what an encoder holds is about twice that. */
const WINDOW = 18;

/**
 * At the levels where each costs least for what it saves, as measured (docs/adr/0012-response-compression.md).
 * @param length of what will be written, bytes; undefined: not known.
 */
export function createEncoder(coding: Coding, length: number | undefined): Encoder {
  const stream = {
    gzip: () => createGzip({ level: 6 }),
    br: () =>
      createBrotliCompress({
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 3,
          [constants.BROTLI_PARAM_LGWIN]: WINDOW,
          ...(length !== undefined && { [constants.BROTLI_PARAM_SIZE_HINT]: Math.min(length, 2 ** 30) }),
        },
      }),
    zstd: () =>
      createZstdCompress({
        params: {
          [constants.ZSTD_c_compressionLevel]: 1,
          [constants.ZSTD_c_windowLog]: WINDOW,
        },
      }),
  }[coding]();
  return { stream, flush: () => stream.flush(FLUSH[coding]) };
}

const FLUSH: Readonly<Record<Coding, number>> = {
  gzip: constants.Z_SYNC_FLUSH,
  br: constants.BROTLI_OPERATION_FLUSH,
  zstd: constants.ZSTD_e_flush,
};
