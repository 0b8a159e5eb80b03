import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { modulesOf } from "./capabilities.ts";
import { type Directive, findDirectives, parseConf } from "./conf.ts";
import { includePatterns, readWithIncludes } from "./included.ts";
import { masterPid } from "./processes.ts";

/** The NGINX of this machine: where its parts are and how it is called. */
export interface Nginx {
  readonly binary: string;
  /** "1.22.1" */
  readonly version: string;
  /** What it was built with and loads: "http_v2", "http_brotli_filter". */
  readonly modules: ReadonlySet<string>;
  readonly confFile: string;
  /** What `nginx` is called with to use that configuration; none for the machine's own. */
  readonly args: readonly string[];
  readonly pidFile: string;
  /** undefined where it logs to stderr or syslog. */
  readonly errorLog: string | undefined;
  /** The user of NGINX's workers, who must be able to reach sockets and files. */
  readonly user: string;
  readonly sitesAvailable: string;
  readonly sitesEnabled: string;
  /** The pattern with which nginx.conf includes sitesEnabled: "*", "*.conf"; undefined: it does not. */
  readonly enabledPattern: string | undefined;
  /** Whether it is the machine's own, which its service manager starts. */
  readonly system: boolean;
}

export interface NginxPlaces {
  readonly binary?: string;
  readonly confFile?: string;
  readonly sitesAvailable?: string;
  readonly sitesEnabled?: string;
  /** Where to look for `nginx`, with colons between, before the usual places: PATH. */
  readonly searchPath?: string;
}

/** Not in the PATH of users other than root on Debian; the last two are of source builds and macOS. */
const USUAL_PLACES = [
  "/usr/sbin",
  "/usr/local/sbin",
  "/usr/bin",
  "/usr/local/nginx/sbin",
  "/opt/homebrew/bin",
];

/** Finds NGINX and reads where its parts are; undefined where there is none that runs. */
export function findNginx(places: NginxPlaces = {}): Nginx | undefined {
  const binary = places.binary ?? findBinary(places.searchPath ?? "");
  if (binary === undefined) return undefined;
  const said = spawnSync(binary, ["-V"], { encoding: "utf8", timeout: 10_000 });
  const built = `${said.stdout ?? ""}${said.stderr ?? ""}`;
  const version = /nginx version: \S*?\/(\d[\d.]*)/.exec(built)?.[1];
  if (version === undefined) return undefined;

  const prefix = builtIn(built, "prefix") ?? "/usr/local/nginx";
  const ownConf = path.resolve(prefix, builtIn(built, "conf-path") ?? "conf/nginx.conf");
  const confFile = path.resolve(places.confFile ?? ownConf);
  const confPrefix = path.dirname(confFile);
  const directives = readConf(confFile);
  const first = (name: string): string | undefined =>
    directives.find((directive) => directive.name === name)?.args[0];
  const sitesEnabled = path.resolve(places.sitesEnabled ?? path.join(confPrefix, "sites-enabled"));
  const http = directives.find((directive) => directive.name === "http")?.block ?? [];
  const errorLog = first("error_log") ?? builtIn(built, "error-log-path") ?? "logs/error.log";
  const system = confFile === ownConf;

  return {
    binary,
    version,
    modules: modulesOf(built, loadedModules(confFile, confPrefix)),
    confFile,
    args: system ? [] : ["-c", confFile],
    pidFile: path.resolve(prefix, first("pid") ?? builtIn(built, "pid-path") ?? "logs/nginx.pid"),
    errorLog: /^(?:stderr$|syslog:|memory:)/.test(errorLog) ? undefined : path.resolve(prefix, errorLog),
    user: first("user") ?? builtIn(built, "user") ?? "nobody",
    sitesAvailable: path.resolve(places.sitesAvailable ?? path.join(confPrefix, "sites-available")),
    sitesEnabled,
    enabledPattern: includePatterns(http, sitesEnabled, confPrefix)[0],
    system,
  };
}

/** Why sites cannot be installed here, in words for people; undefined: they can. */
export function whyNotInstallable(nginx: Nginx): string | undefined {
  if (nginx.enabledPattern === undefined)
    return `${nginx.confFile} does not include ${nginx.sitesEnabled}: add "include ${nginx.sitesEnabled}/*;" to its http block, and make ${nginx.sitesAvailable} and ${nginx.sitesEnabled}`;
  for (const directory of [nginx.sitesAvailable, nginx.sitesEnabled]) {
    if (!existsSync(directory)) return `${directory} does not exist: make it, as NGINX's Debian package does`;
    if (!isWritable(directory)) return `${directory} may not be written by this user: run it as root (sudo)`;
  }
  const pid = masterPid(nginx);
  if (pid !== undefined && !maySignal(pid))
    return `NGINX (process ${pid}) may not be told to reload by this user: run it as root (sudo)`;
  if (pid === undefined && nginx.system && process.getuid?.() !== 0)
    return "NGINX is not running and may not be started by this user: run it as root (sudo)";
  return undefined;
}

function findBinary(searchPath: string): string | undefined {
  return [...searchPath.split(":"), ...USUAL_PLACES]
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, "nginx"))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/** A configure argument as `nginx -V` shows it: `--conf-path=/etc/nginx/nginx.conf`. */
function builtIn(built: string, name: string): string | undefined {
  return new RegExp(`--${name}=('[^']*'|\\S+)`).exec(built)?.[1]?.replaceAll("'", "");
}

function readConf(file: string): Directive[] {
  try {
    return parseConf(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
}

/** Debian loads modules in files of their own, which nginx.conf includes. */
function loadedModules(confFile: string, confPrefix: string): string[] {
  return readWithIncludes(confFile, confPrefix)
    .flatMap(({ directives }) => findDirectives(directives, "load_module"))
    .map(({ args }) => args[0] ?? "");
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function maySignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
