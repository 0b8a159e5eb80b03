import { contentTypeOf, readContentTypes } from "./content-types.ts";
import type { Exchange } from "./exchange.ts";
import type { RealDirectory } from "./real-directory.ts";
import { lifetimes } from "./static-expires.ts";
import { StaticFileAnswer } from "./static-file-answer.ts";
import type { StaticOptions } from "./static-options.ts";
import { pathSegments, type StaticMapping, staticMappings, staticPath } from "./static-path.ts";
import { StaticStore, type StoredFile } from "./static-store.ts";

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
  readonly #answer: StaticFileAnswer;

  constructor(options: StaticOptions, mappings: readonly StaticMapping[]) {
    this.#options = options;
    this.#mappings = mappings;
    this.#store = new StaticStore(options.index, options.safe);
    this.#answer = new StaticFileAnswer(this.#store);
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

  #serveFile(exchange: Exchange, file: StoredFile, root: RealDirectory): boolean | Promise<boolean> {
    const type = contentTypeOf(file.path, this.#types);
    const lifetime = this.#lifetime?.(file.path, exchange.request.target, type);
    const terms = { type, lifetime, precompressed: this.#options.precompressed, cacheControl: undefined };
    return this.#answer.send(exchange, file, root, terms, () => this.serve(exchange));
  }
}
