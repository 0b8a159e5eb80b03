import { join } from "node:path";
import { contentTypeOf } from "./content-types.ts";
import type { Exchange } from "./exchange.ts";
import { RealDirectory } from "./real-directory.ts";
import type { SiteFolder, SiteOptions } from "./site-options.ts";
import { type FileTerms, StaticFileAnswer } from "./static-file-answer.ts";
import { StaticStore, type StoredFile } from "./static-store.ts";

/** As the written site has it (src/nginx/static-lines.ts): none but .well-known has a dot in front. */
const HIDDEN = /\/\.(?!well-known\/)/;
const FOREVER = "max-age=31536000, immutable";
/** Seconds for which browsers keep a favicon. */
const DAY = 86_400;
const ROBOTS = "User-agent: *\nDisallow: /\n";

interface Folder extends SiteFolder {
  readonly root: RealDirectory;
}

/**
 * Files as the site that Portico writes has NGINX serve them: the longest prefix decides, and what is not there is
 * the app's, or the fallback. Targets are given as `resolvedPath` gives them.
 */
export class SiteFiles {
  readonly #store: StaticStore;
  readonly #answer: StaticFileAnswer;
  readonly #exact = new Map<string, Folder>();
  /** The longest prefix first. */
  readonly #folders: readonly Folder[];
  readonly #whole: Folder | undefined;
  readonly #direct: SiteOptions["direct"];
  readonly #hashed: readonly RegExp[];
  readonly #usual = new Map<string, { readonly file: string; readonly root: RealDirectory }>();

  constructor(options: SiteOptions) {
    this.#store = new StaticStore([], options.safe);
    this.#answer = new StaticFileAnswer(this.#store);
    const all = options.folders.map((folder) => ({
      ...folder,
      prefix: latin1(folder.prefix),
      root: new RealDirectory(folder.path || "/"),
    }));
    this.#direct = options.direct.map(({ path, anyCase }) => ({ path: latin1(path), anyCase }));
    for (const folder of all) if (folder.file) this.#exact.set(folder.prefix, folder);
    this.#whole = all.find(({ prefix, file }) => prefix === "" && !file);
    this.#folders = all
      .filter(({ prefix, file }) => prefix !== "" && !file)
      .sort((a, b) => b.prefix.length - a.prefix.length);
    this.#hashed = options.hashed.map((text) => new RegExp(text));
    for (const [path, file] of [
      ["/favicon.ico", options.favicon],
      ["/robots.txt", options.robots],
    ] as const)
      if (file !== undefined) this.#usual.set(path, { file, root: new RealDirectory(file) });
  }

  /** What is answered to everybody, before anybody is asked who he is. true: it was. */
  open(exchange: Exchange, path: string): boolean {
    if (this.#usual.get(path)?.file !== "") return false;
    if (path === "/favicon.ico") exchange.respondWith(204, undefined, [], undefined);
    else exchange.respondWith(200, undefined, ["Content-Type", "text/plain"], ROBOTS);
    return true;
  }

  /** @returns whether it answered, in a promise where the file is large. It throws or rejects for one that cannot be read. */
  serve(exchange: Exchange, path: string): boolean | Promise<boolean> {
    const again = (): boolean | Promise<boolean> => this.serve(exchange, path);
    const usual = this.#usual.get(path);
    if (usual !== undefined) {
      const file = this.#store.find(usual.file, usual.root, "file");
      const terms = path === "/favicon.ico" ? { lifetime: DAY, cacheControl: `max-age=${DAY}` } : {};
      return file === undefined
        ? refuse(exchange, 404)
        : this.#send(exchange, file, usual.root, terms, again);
    }
    const folder = this.#folderOf(path);
    if (folder === undefined || folder.mapped) return false;
    const { root, fallback, prefix, precompressed = false } = folder;
    let named = path;
    let file = HIDDEN.test(path) ? undefined : this.#find(folder, path);
    if (file === undefined && fallback === undefined) return false;
    if (file === undefined && fallback !== "") {
      named = `${prefix}/${fallback}`;
      file = this.#store.find(join(root.path, fallback!), root, "file");
    }
    if (file === undefined) return refuse(exchange, 404);
    const cacheControl = this.#freshness(folder, named);
    return this.#send(exchange, file, root, { precompressed, cacheControl }, again);
  }

  /** Where the path is looked for; undefined: nowhere, it is the app's. */
  #folderOf(path: string): Folder | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    const folder = this.#folders.find(({ prefix }) => path.startsWith(`${prefix}/`)) ?? this.#whole;
    const inFolder = folder !== this.#whole;
    // What lies in a folder has its case; outside it the folder goes before.
    const isDirect = this.#direct.some(
      ({ path: at, anyCase }) =>
        isWithin(path, at, anyCase && !inFolder) && (!inFolder || isWithin(at, folder!.prefix)),
    );
    return isDirect ? undefined : folder;
  }

  #find(folder: Folder, path: string): StoredFile | undefined {
    const { root, file, index, prefix } = folder;
    const rest = Buffer.from(path.slice(prefix.length), "latin1").toString();
    // No path of text leads to a name that is none.
    if (rest.includes("\ufffd")) return undefined;
    const place = file ? root.path : join(root.path, rest);
    const found = this.#store.find(place, root, rest.endsWith("/") ? "directory" : "file");
    if (found !== undefined || index === undefined || file) return found;
    return this.#store.find(join(place, index), root, "file");
  }

  #freshness({ cacheControl }: Folder, path: string): string | undefined {
    if (cacheControl === undefined) return undefined;
    return this.#hashed.some((pattern) => pattern.test(path)) ? FOREVER : cacheControl;
  }

  #send(
    exchange: Exchange,
    file: StoredFile,
    root: RealDirectory,
    terms: Partial<FileTerms>,
    again: () => boolean | Promise<boolean>,
  ): boolean | Promise<boolean> {
    const { method } = exchange.request;
    if (method !== "GET" && method !== "HEAD") return refuse(exchange, 405, ["Allow", "GET, HEAD"]);
    const usual = { precompressed: false, lifetime: undefined, cacheControl: undefined };
    const type = contentTypeOf(file.path);
    return this.#answer.send(exchange, file, root, { ...usual, ...terms, type }, again);
  }
}

function isWithin(path: string, above: string, anyCase = false): boolean {
  const [one, other] = anyCase ? [path.toLowerCase(), above.toLowerCase()] : [path, above];
  return one === other || one.startsWith(`${other}/`);
}

/** People write text; a path off the wire has one character a byte. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

const TEXTS = { 404: "Not Found\n", 405: "Method Not Allowed\n" } as const;

function refuse(exchange: Exchange, status: 404 | 405, headers: readonly string[] = []): true {
  const type = ["Content-Type", "text/plain; charset=utf-8"];
  exchange.respondWith(status, undefined, [...type, ...headers], TEXTS[status]);
  return true;
}
