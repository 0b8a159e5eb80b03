import { realpathSync } from "node:fs";
import { join } from "node:path";
import { conditionFields } from "./conditions.ts";
import { contentTypeOf, readContentTypes } from "./content-types.ts";
import type { Exchange } from "./exchange.ts";
import { RealDirectory } from "./real-directory.ts";
import { answerWith } from "./static-answer.ts";
import { pathSegments, type StaticMapping, staticPath } from "./static-path.ts";
import { fileResponse } from "./static-response.ts";
import { FileSender } from "./static-send.ts";
import { StaticStore } from "./static-store.ts";

/** Which files an app may have sent. */
export interface SendOptions {
  /** [URL prefix, directory]; of two that a path is below the longer counts. */
  readonly roots: readonly (readonly [string, string])[];
  readonly mimeFiles: readonly string[];
}

/** Where a file is said to be: below which root, and its names from there; undefined: no file is called so. */
export interface SentPlace {
  readonly root: RealDirectory;
  readonly names: readonly string[] | undefined;
}

/** What NGINX keeps of a response whose body it takes from a file (ngx_http_upstream, with X-Accel-Redirect). */
const KEPT = new Set(["content-type", "content-disposition", "set-cookie", "cache-control", "expires"]);

/** Sends files that an app has authorised, out of its declared directories and nowhere else. */
export class SentFiles {
  readonly #mappings: readonly StaticMapping[];
  readonly #store = new StaticStore([], []);
  readonly #sender = new FileSender();
  readonly #types;

  constructor({ roots, mimeFiles }: SendOptions) {
    this.#mappings = roots
      .map(([url, root]) => {
        const prefix = url.split("/").filter((name) => name !== "");
        return { prefix, dropped: prefix.length, root: new RealDirectory(root) };
      })
      .sort((a, b) => b.dropped - a.dropped);
    this.#types = readContentTypes(mimeFiles);
  }

  /** @param path percent-encoded; undefined: it is below no root */
  place(path: string): SentPlace | undefined {
    const segments = pathSegments(path);
    const mapping = this.#mappings.find(({ prefix }) => prefix.every((name, at) => segments?.[at] === name));
    if (segments === undefined || mapping === undefined) return undefined;
    const names = segments.slice(mapping.dropped);
    const isPlain = names.length > 0 && staticPath(mapping, segments)?.wanted === "any";
    return { root: mapping.root, names: isPlain ? names : undefined };
  }

  /**
   * Answers with the file, or 404.
   * @param headers those that the app gave
   * @throws the file system's errors, but for those that say that there is no such file
   */
  send(exchange: Exchange, place: SentPlace, headers: readonly string[]): void {
    const answered = this.#answer(exchange, place, headers);
    if (answered === false)
      exchange.respondWith(404, undefined, ["Content-Type", "text/plain"], "Not Found\n");
    // Its client sees that it is not whole.
    else if (answered !== true) answered.catch((error: unknown) => exchange.abort(error));
  }

  #answer(
    exchange: Exchange,
    { root, names }: SentPlace,
    headers: readonly string[],
  ): boolean | Promise<true> {
    if (names === undefined) return false;
    const file = this.#store.find(join(root.path, ...names), root, "file");
    // Links are not followed: what unpacks an archive there might have made one.
    if (file === undefined || file.path !== join(realpathSync.native(root.path), ...names)) return false;
    const kept = headers.filter((_, at) => KEPT.has(headers[at - (at % 2)]!.toLowerCase()));
    const at = kept.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === "content-type");
    const [, type = contentTypeOf(file.path, this.#types)] = at < 0 ? [] : kept.splice(at, 2);
    const { method, headers: asked } = exchange.request;
    const facts = { size: file.size, modified: file.modified, type };
    const plain = { coding: undefined, varies: false, lifetime: undefined, cacheControl: undefined };
    // Whatever was asked, a GET gets the file, as NGINX has it.
    const as = method === "HEAD" ? "HEAD" : "GET";
    const response = fileResponse(as, conditionFields(asked), { ...facts, ...plain }, Date.now());
    const whole = { ...response, headers: [...response.headers, ...kept] };
    const answered = answerWith(exchange, file, whole, this.#sender);
    if (answered === "changed") return this.#answer(exchange, { root, names }, headers);
    return answered === "gone" ? false : answered;
  }
}
