import { conditionFields } from "./conditions.ts";
import { contentTypeOf, readContentTypes } from "./content-types.ts";
import type { Exchange } from "./exchange.ts";
import type { RealDirectory } from "./real-directory.ts";
import { answerWith } from "./static-answer.ts";
import { lifetimes } from "./static-expires.ts";
import type { StaticOptions } from "./static-options.ts";
import { pathSegments, type StaticMapping, staticMappings, staticPath } from "./static-path.ts";
import { fileResponse } from "./static-response.ts";
import { FileSender } from "./static-send.ts";
import { StaticStore, type StoredFile } from "./static-store.ts";
import { findVariant } from "./static-variant.ts";

/**
 * Answers from files, as uWSGI does: the first mapping that has the file answers. GET and HEAD only, with
 * conditions, ranges (RFC 9110, sections 13 and 14) and files that were compressed beforehand.
 *
 * A file is found and opened at once, as NGINX does it, and not by the thread pool, which takes six times
 * the CPU (docs/adr/0011-static-files.md).
 * @returns a function that tells whether it answered, in a promise where the file is large; where it did
 *   not, the app should. It throws or rejects when a file that is there cannot be read. undefined: no files
 *   are mapped.
 * @throws Error for a mimefile that cannot be read, SyntaxError for a rule that is no regular expression.
 */
export function serveStatic(
  options: StaticOptions,
): ((exchange: Exchange) => boolean | Promise<boolean>) | undefined {
  const mappings = staticMappings(options);
  if (mappings.length === 0) return undefined;
  const server = new StaticServer(options, mappings);
  return (exchange) => server.serve(exchange);
}

class StaticServer {
  readonly #options: StaticOptions;
  readonly #mappings: readonly StaticMapping[];
  readonly #store: StaticStore;
  readonly #types;
  readonly #lifetime;
  readonly #sender = new FileSender();

  constructor(options: StaticOptions, mappings: readonly StaticMapping[]) {
    this.#options = options;
    this.#mappings = mappings;
    this.#store = new StaticStore(options.index, options.safe);
    this.#types = readContentTypes(options.mimeFiles);
    this.#lifetime = lifetimes(options);
  }

  serve(exchange: Exchange): boolean | Promise<boolean> {
    const { method, target } = exchange.request;
    if (method !== "GET" && method !== "HEAD") return false;
    const segments = pathSegments(target);
    if (segments === undefined) return false;
    for (const mapping of this.#mappings) {
      const place = staticPath(mapping, segments);
      if (place === undefined) continue;
      const file = this.#store.find(place.path, mapping.root, place.wanted);
      if (file === undefined || this.#options.skipped.some((end) => file.path.endsWith(end))) continue;
      const answered = this.#serveFile(exchange, file, mapping.root);
      if (answered !== false) return answered;
    }
    return false;
  }

  #serveFile(exchange: Exchange, original: StoredFile, root: RealDirectory): boolean | Promise<boolean> {
    const { method, target, headers: asked } = exchange.request;
    const fields = conditionFields(asked);
    const varies = this.#options.precompressed;
    const variant = varies ? findVariant(this.#store, root, original, fields.acceptEncoding) : undefined;
    const file = variant?.file ?? original;
    const type = contentTypeOf(original.path, this.#types);
    const lifetime = this.#lifetime?.(original.path, target, type);
    const facts = {
      size: file.size,
      modified: file.modified,
      type,
      coding: variant?.coding,
      varies,
      lifetime,
    };
    const answered = answerWith(
      exchange,
      file,
      fileResponse(method, fields, facts, Date.now()),
      this.#sender,
    );
    if (answered === "gone") return false;
    // What was decided is of a file that is no more.
    return answered === "changed" ? this.serve(exchange) : answered;
  }
}
