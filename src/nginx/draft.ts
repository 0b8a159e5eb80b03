import type { KeyPair, Redirect } from "./features/tls-pair.ts";
import { maintenanceFile } from "./maintenance-file.ts";
import type { SelfSigned } from "./self-signed.ts";
import type { SiteInput, StaticPath, Upstream } from "./site-input.ts";

/** The names of the modules that pass requests on, as their directives begin. */
export type PassModule = "proxy" | "uwsgi" | "fastcgi";

/** A place in the site as its lines see it: who answers there, and what was said for it and above. */
export interface Here {
  readonly module: PassModule;
  /** Header fields that the app gets, set by NGINX whatever the client sent. */
  readonly fields: ReadonlyMap<string, string>;
  /** CGI variables besides, for the wires that have them. */
  readonly variables: ReadonlyMap<string, string>;
  /** Header fields of the answer, with what `add_header` takes behind the name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Lines, or blocks of lines that depend on the place. */
export type Lines = readonly string[] | ((here: Here) => readonly (readonly string[])[]);

export interface Part {
  /** Beside what is said above, or instead of it. */
  readonly beside: boolean;
  readonly lines: Lines[];
}

/** What is said for a path and all below it; "" is the whole site. */
export class Scope {
  readonly parts = new Map<string, Part>();
  readonly fields = new Map<string, string>();
  readonly variables = new Map<string, string>();
  readonly headers = new Map<string, string>();
  readonly #families: Set<string>;

  /** @param families the names of all parts, in the order in which they are printed */
  constructor(families: Set<string>) {
    this.#families = families;
  }

  /**
   * Says it for this path instead of what is said above. A family holds every line of the directives it
   * uses: NGINX inherits `limit_req`, `add_header`, `uwsgi_param` and their like all or not at all, so where
   * one line of a family differs from the server's level, a location has all of them.
   */
  set(family: string, lines: Lines): void {
    this.#put(family, lines, false);
  }

  /** Says it beside what is said above. */
  add(family: string, lines: Lines): void {
    this.#put(family, lines, true);
  }

  #put(family: string, lines: Lines, beside: boolean): void {
    this.#families.add(family);
    const part = this.parts.get(family);
    if (beside && part) part.lines.push(lines);
    else this.parts.set(family, { beside, lines: [lines] });
  }
}

/** What a site shows and asks for where its listens speak TLS. */
export interface SiteTls {
  readonly pairs: readonly KeyPair[];
  /** Of clients' certificates. */
  readonly authorities: string | undefined;
  readonly redirect: Redirect | undefined;
}

/** A site in the making: features say here what they add. */
export class SiteDraft {
  readonly input: SiteInput;
  /** `portico_…`: the main app's upstream, and the beginning of every name of the site's. */
  readonly id: string;
  readonly main: Upstream;
  readonly mounts: readonly (Upstream & { readonly prefix: string })[];
  /** The words of each `listen`. */
  listen: (readonly string[])[] = [];
  serverNames: readonly string[] = [];
  readonly statics: StaticPath[] = [];
  /** Paths that go to the main app, whatever is on disk. */
  readonly direct: string[] = [];
  /** Directories whose files only the app may have sent. */
  readonly sent: StaticPath[] = [];
  /** Whether the ini says where to listen. */
  listenGiven = false;
  /** Whether a bare port is IPv6 too. */
  ipv6 = true;
  /** Where the site has a key pair that prepareSite is to make: what clients may call it. */
  selfSigned: SelfSigned | undefined;
  /** While this file is there the site is out of service. */
  readonly maintenanceFile: string;
  /** Paths that answer in maintenance too. */
  readonly open: string[] = [];
  /** The kinds of guards that the site has anywhere. */
  readonly guards = new Set<"access" | "auth_basic" | "auth_request">();
  /** Blocks outside of the server. */
  readonly http: string[][] = [];
  /** One of them: the map from "$host/$http_host" to the Host that the app is told. */
  readonly hostMap: string[] = [];
  /** Blocks of the server, in front of what is said by paths. */
  readonly server: string[][] = [];
  /** Locations that stand for themselves. */
  readonly locations: string[][] = [];
  /** Blocks at the server's end. */
  readonly last: string[][] = [];
  /** Whole servers behind the first. */
  readonly servers: string[][] = [];
  /** What was left out or wants doing, a sentence each. */
  readonly notes: string[] = [];
  /** What was found in the app and is served, a line each. */
  readonly found: string[] = [];
  /** Folders that must be there before NGINX reads the site. */
  readonly folders: string[] = [];
  /** Where answers are kept. */
  readonly cacheFolders: string[] = [];
  /** Whose certificates clients are to show; undefined: none are asked for. */
  clientAuthorities: string | undefined;
  /** How it speaks TLS; undefined: it does not. */
  tls: SiteTls | undefined;
  /** What depends on all features having said theirs. */
  readonly later: (() => void)[] = [];
  /** Whether something is guarded, or given to others, by its path. */
  pathsMatter = false;
  readonly families = new Set<string>();
  /** Families whose lines NGINX does not inherit as meant: each location has them. */
  readonly inLocations = new Set<string>();
  readonly scopes = new Map<string, Scope>();
  readonly #names = new Map<string, string[]>();

  constructor(input: SiteInput, main: Upstream, mounts: readonly (Upstream & { readonly prefix: string })[]) {
    this.input = input;
    this.id = main.id;
    this.main = main;
    this.mounts = mounts;
    this.maintenanceFile = maintenanceFile(input.runtimeFolder, input.name);
  }

  /** @param path starts with a slash and ends without one; "": the whole site */
  at(path: string): Scope {
    const found = this.scopes.get(path);
    if (found) return found;
    const made = new Scope(this.families);
    this.scopes.set(path, made);
    return made;
  }

  /**
   * A name of the site's own, the same for the same key: "portico_hello_own", "portico_hello_own2".
   * @param base up to 8 letters, for people
   */
  name(base: string, key = ""): string {
    const keys = this.#names.get(base) ?? [];
    this.#names.set(base, keys);
    if (!keys.includes(key)) keys.push(key);
    const at = keys.indexOf(key);
    return `${this.id}_${base}${at === 0 ? "" : at + 1}`;
  }

  /** A map, limit zone or the like outside of the server; the same one twice is one. */
  addMap(lines: readonly string[]): void {
    if (!this.http.some((block) => String(block) === String(lines))) this.http.push([...lines]);
  }

  /** Lines of a location that is open to all. */
  liftGuards(): string[] {
    return [
      ...(this.guards.has("auth_basic") ? ["auth_basic off;"] : []),
      ...(this.guards.has("auth_request") ? ["auth_request off;"] : []),
      ...(this.guards.has("access") ? ["allow all;"] : []),
    ];
  }

  /** Something that was asked for and that this NGINX cannot do. */
  leaveOut(setting: string, why: string): void {
    this.notes.push(`${setting} is left out of the site: ${why}`);
    this.server.push([`# Left out: ${setting}. ${why[0]!.toUpperCase()}${why.slice(1)}.`]);
  }
}
