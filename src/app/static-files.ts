import { closeSync } from "node:fs";
import { type ConditionFields, conditionFields } from "./conditions.ts";
import { contentTypeOf, readContentTypes } from "./content-types.ts";
import type { Exchange } from "./exchange.ts";
import { RealDirectory } from "./real-directory.ts";
import { lifetimes } from "./static-expires.ts";
import { type OpenFile, openFile } from "./static-file.ts";
import type { StaticOptions } from "./static-options.ts";
import { pathSegments, type StaticMapping, staticFile, staticMappings } from "./static-path.ts";
import { fileResponse } from "./static-response.ts";
import { FileSender } from "./static-send.ts";
import { openVariant } from "./static-variant.ts";

/**
 * Answers from files, as uWSGI does: the first mapping that has the file answers. GET and HEAD only, with
 * conditions, ranges (RFC 9110, sections 13 and 14) and files that were compressed beforehand.
 *
 * A file is found and opened at once, as NGINX does it, and not by the thread pool, which takes seven times
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
  readonly #safe: readonly RealDirectory[];
  readonly #types;
  readonly #lifetime;
  readonly #sender = new FileSender();

  constructor(options: StaticOptions, mappings: readonly StaticMapping[]) {
    this.#options = options;
    this.#mappings = mappings;
    this.#safe = options.safe.map((path) => new RealDirectory(path));
    this.#types = readContentTypes(options.mimeFiles);
    this.#lifetime = lifetimes(options);
  }

  serve(exchange: Exchange): boolean | Promise<boolean> {
    const { method, target } = exchange.request;
    if (method !== "GET" && method !== "HEAD") return false;
    const segments = pathSegments(target);
    if (segments === undefined) return false;
    for (const mapping of this.#mappings) {
      const path = staticFile(mapping, segments, this.#options.index, this.#safe);
      if (path === undefined || this.#options.skipped.some((end) => path.endsWith(end))) continue;
      const file = openFile(path);
      if (file !== undefined) return this.#serveFile(exchange, path, file);
    }
    return false;
  }

  #serveFile(exchange: Exchange, path: string, original: OpenFile): boolean | Promise<boolean> {
    const open = [original.fd];
    const close = (): void => open.forEach((fd) => void closeSync(fd));
    let sent: true | Promise<true>;
    try {
      const fields = conditionFields(exchange.request.headers);
      const variant = this.#options.precompressed
        ? openVariant(path, original, fields.acceptEncoding)
        : undefined;
      if (variant !== undefined) open.push(variant.fd);
      sent = this.#respond(exchange, path, variant ?? original, fields);
    } catch (error) {
      close();
      throw error;
    }
    if (sent !== true) return sent.finally(close);
    close();
    return true;
  }

  #respond(
    exchange: Exchange,
    path: string,
    file: OpenFile & { readonly coding?: string },
    fields: ConditionFields,
  ): true | Promise<true> {
    const { method, target } = exchange.request;
    const type = contentTypeOf(path, this.#types);
    const facts = {
      size: file.size,
      modified: file.modified,
      type,
      coding: file.coding,
      varies: this.#options.precompressed,
      lifetime: this.#lifetime?.(path, target, type),
    };
    const { status, headers, parts } = fileResponse(method, fields, facts, Date.now());
    exchange.respond(status, undefined, headers);
    return this.#sender.send(exchange, file.fd, method === "HEAD" ? [] : parts);
  }
}
