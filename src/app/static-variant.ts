import { closeSync } from "node:fs";
import { acceptedEncodings } from "./accept-encoding.ts";
import { type OpenFile, openFile } from "./static-file.ts";

/** In the order of what they save. */
const CODINGS = ["br", "zstd", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

const SUFFIXES: Readonly<Record<Coding, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };

/** A file that was compressed beforehand, open in the place of the original. */
export interface Variant extends OpenFile {
  readonly coding: Coding;
}

/**
 * The compressed sibling of a file that a client takes: `a.css.br` for `a.css`. One that is older than the
 * file was made of another.
 * @param accepted Accept-Encoding
 */
export function openVariant(
  path: string,
  original: OpenFile,
  accepted: string | undefined,
): Variant | undefined {
  for (const coding of acceptedEncodings(accepted, CODINGS)) {
    const sibling = openFile(path + SUFFIXES[coding]);
    if (sibling === undefined) continue;
    // Archives and copies keep whole seconds.
    if (Math.floor(sibling.modified / 1000) >= Math.floor(original.modified / 1000))
      return { ...sibling, coding };
    closeSync(sibling.fd);
  }
  return undefined;
}
