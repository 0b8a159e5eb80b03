import type { Place, Running } from "../machine/server.ts";

/** What the machine has. */
export interface Tools {
  /** The newest node there is here: the one that runs this. */
  readonly node: string;
  /** Programs and npm packages by name (`bun`, `deno`, `pm2`, `nginx`, `gunicorn`, `srvx`, …): their paths. */
  readonly programs: Readonly<Record<string, string>>;
  /** The virtual environment that all Python peers share. */
  readonly venv: string;
}

/** A server that is measured. */
export interface Peer {
  /** As the tables name it. */
  readonly name: string;
  /** The program or npm package that has to be there; nothing where node alone is enough. */
  readonly needs?: string;
  start(place: Place, tools: Tools): Promise<Running>;
  /** How NGINX reaches it, where it stands behind NGINX: lines for `http` and for `location`. */
  readonly behind?: (dir: string, id: string) => { http: string; location: string };
  /** Gives the order to reload; resolves when the order is given, or when the program that gives it ends. */
  reload?(running: Running, place: Place, tools: Tools): Promise<void>;
}
