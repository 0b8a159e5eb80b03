import { closeSync } from "node:fs";
import { conditionFields } from "./conditions.ts";
import type { Exchange } from "./exchange.ts";
import type { RealDirectory } from "./real-directory.ts";
import { openFile } from "./static-file.ts";
import { fileResponse } from "./static-response.ts";
import { FileSender, writeParts } from "./static-send.ts";
import { isSame, type StaticStore, type StoredFile } from "./static-store.ts";
import { findVariant, hasVariant } from "./static-variant.ts";

/** How a file is to be sent. */
export interface FileTerms {
  /** The media type. */
  readonly type: string;
  /** Whether a sibling that was compressed beforehand may go in its place. */
  readonly precompressed: boolean;
  /** Seconds for which it is fresh (Expires); undefined: nothing is said. */
  readonly lifetime: number | undefined;
  readonly cacheControl: string | undefined;
}

/** Answers a GET or HEAD with a file, with conditions and ranges (RFC 9110, sections 13 and 14). */
export class StaticAnswer {
  readonly #store: StaticStore;
  readonly #sender = new FileSender();

  constructor(store: StaticStore) {
    this.#store = store;
  }

  /**
   * @param again looks for the file once more, where it became another in the meantime
   * @returns false: it has gone meanwhile; a promise where it is large. Throws or rejects when it cannot be read.
   */
  send(
    exchange: Exchange,
    original: StoredFile,
    root: RealDirectory,
    { type, precompressed, lifetime, cacheControl }: FileTerms,
    again: () => boolean | Promise<boolean>,
  ): boolean | Promise<boolean> {
    const { method, headers: asked } = exchange.request;
    const fields = conditionFields(asked);
    const variant = precompressed
      ? findVariant(this.#store, root, original, fields.acceptEncoding)
      : undefined;
    const varies = precompressed && (variant !== undefined || hasVariant(this.#store, root, original));
    const file = variant?.file ?? original;
    const { size, modified } = file;
    const facts = { size, modified, type, coding: variant?.coding, varies, lifetime, cacheControl };
    const { status, headers, parts } = fileResponse(method, fields, facts, Date.now());
    if (method === "HEAD" || parts.length === 0 || file.bytes !== undefined) {
      exchange.respond(status, undefined, headers);
      if (method !== "HEAD" && file.bytes) writeParts(exchange, file.bytes, parts);
      exchange.end();
      return true;
    }
    const opened = openFile(file.path);
    if (opened === undefined) return false;
    const close = (): void => closeSync(opened.fd);
    let sent: true | Promise<true> = true;
    try {
      // Between the look at it and now it became another: what was decided is of a file that is gone.
      if (!isSame(opened.state, file.state)) return again();
      exchange.respond(status, undefined, headers);
      sent = this.#sender.send(exchange, opened.fd, parts);
    } finally {
      if (sent === true) close();
    }
    return sent === true ? true : sent.finally(close);
  }
}
