import { quote } from "../quote.ts";
import type { PrivatePlaces } from "./places.ts";

export interface PrivateConf {
  readonly places: PrivatePlaces;
  /** The file that the site is in: that of `places`, or one to be tried. */
  readonly siteFile: string;
  /** Whom NGINX's workers are to be; undefined: who starts it, since only root can change that. */
  readonly user: { readonly name: string; readonly group: string } | undefined;
  /** How many files a process may have open. */
  readonly files: number;
  /** Seconds that requests under way have when NGINX is asked to end, or to take up another configuration. */
  readonly mercy: number;
  /** The machine's mime.types; undefined: there is none. */
  readonly mimeTypes: string | undefined;
  /** Patterns of files that load dynamic modules. */
  readonly modules: readonly string[];
}

/** Connections that a worker of NGINX may have; each request to the app takes two. */
const CONNECTIONS = 4096;
/** Files that a worker needs besides its connections: logs, listeners, files being sent. */
const OTHER_FILES = 64;

/** The nginx.conf of a private NGINX around its site. */
export function printPrivateConf(conf: PrivateConf): string {
  const { places } = conf;
  const connections = Math.max(64, Math.min(CONNECTIONS, conf.files - OTHER_FILES));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `    ${`${kind}_temp_path`.padEnd(21)} ${quote(`${places.temporary}/${kind}`)};`,
  );
  return `${[
    "# Written by Portico at each start and reload, for the NGINX that it keeps for this project alone.",
    "# What is to differ belongs into the [nginx] section of the ini.",
    ...(conf.user === undefined ? [] : [`user ${quote(conf.user.name)} ${quote(conf.user.group)};`]),
    "daemon off;",
    "worker_processes auto;",
    `worker_shutdown_timeout ${Math.max(1, Math.ceil(conf.mercy))}s;`,
    `pid ${quote(places.pidFile)};`,
    `error_log ${quote(places.errorLog)};`,
    ...conf.modules.map((pattern) => `include ${quote(pattern)};`),
    "",
    "events {",
    `    worker_connections ${connections};`,
    "}",
    "",
    "http {",
    ...(conf.mimeTypes === undefined ? [] : [`    include ${quote(globbed(conf.mimeTypes))};`]),
    "    default_type application/octet-stream;",
    "    types_hash_max_size 2048;",
    "    server_names_hash_bucket_size 128;",
    "    server_tokens off;",
    "    sendfile on;",
    "    tcp_nopush on;",
    "    gzip on;",
    `    access_log ${quote(places.accessLog)};`,
    ...temporary,
    "",
    `    include ${quote(globbed(conf.siteFile))};`,
    "}",
  ].join("\n")}\n`;
}

/** As `include` takes a file, which it reads as a pattern. */
function globbed(file: string): string {
  return file.replace(/[*?[\\]/g, "\\$&");
}
