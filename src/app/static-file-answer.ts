import { conditionFields } from "./conditions.ts";
import type { Exchange } from "./exchange.ts";
import type { RealDirectory } from "./real-directory.ts";
import { answerWith } from "./static-answer.ts";
import { fileResponse } from "./static-response.ts";
import { FileSender } from "./static-send.ts";
import type { StaticStore, StoredFile } from "./static-store.ts";
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

/** Answers a GET or HEAD with a file or its sibling, with conditions and ranges (RFC 9110, sections 13 and 14). */
export class StaticFileAnswer {
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
    const response = fileResponse(method, fields, facts, Date.now());
    const answered = answerWith(exchange, file, response, this.#sender);
    if (answered === "gone") return false;
    // What was decided is of a file that is no more.
    return answered === "changed" ? again() : answered;
  }
}
