import { passing } from "./passing.ts";
import { comment, quote } from "./quote.ts";
import type { StaticPath } from "./settings.ts";
import type { Site, Upstream } from "./site.ts";

/** Every site file that Portico writes begins with these words; one that does not is somebody's own. */
export const WRITTEN_BY = "# Written by Portico";

/** Idle connections to keep for each worker, and for all of them: each costs a descriptor on both sides. */
const KEPT_PER_WORKER = 32;
const KEPT_IN_ALL = 256;

/** The site as an NGINX file (1.22 or newer), the same text for the same site. */
export function printSite(site: Site): string {
  const apps = [site, ...site.mounts];
  const sections = [header(site), ...apps.map(upstream), hostMap(site)];
  if (apps.some(({ wire }) => wire === "http")) sections.push(upgradeMaps(site));
  sections.push(server(site));
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function header(site: Site): string[] {
  const from = site.file === undefined ? "" : ` from ${comment(site.file)}`;
  return [
    `${WRITTEN_BY}${from}. The next \`portico up\` or \`portico nginx install\` writes it`,
    "# anew: change the [nginx] section of the ini, or put directives into a file that it includes.",
  ];
}

function upstream(site: Upstream): string[] {
  const name = site.id;
  const lines = [`upstream ${name} {`];
  if (site.servers.length > 1) {
    lines.unshift(
      "# One socket for each worker: sharing one, NGINX could neither spread the load nor keep connections.",
    );
    lines.push(
      // About 500 bytes a server beside what the zone itself needs.
      `    zone ${name} ${site.servers.length > 32 ? 32 + 2 * site.servers.length : 64}k;  # so that NGINX's workers count together`,
      "    least_conn;",
      "",
      "    # max_fails=0: the sockets outlive the workers, so one failure says nothing about the next request.",
    );
    for (const address of site.servers) lines.push(`    server ${quote(address)} max_fails=0;`);
  } else {
    lines.push(`    server ${quote(site.servers[0]!)};`);
  }
  // NGINX cannot keep uwsgi connections: it closes them after each request.
  if (site.wire !== "uwsgi") {
    const kept = Math.min(KEPT_IN_ALL, KEPT_PER_WORKER * site.servers.length);
    lines.push("", `    keepalive ${kept};  # idle connections that each of NGINX's workers keeps`);
  }
  return [...lines, "}"];
}

function hostMap(site: Site): string[] {
  return [
    "# The Host that was asked for, with its port. Where the request line names another host it is the",
    "# one that counts (RFC 9112, section 3.2.2), and HTTP/1.0 may name none.",
    `map "$host/$http_host" $${site.id}_host {`,
    "    default                     $host;",
    '    "_/"                        localhost;',
    '    "~*^([^/]+)/\\1(:[0-9]+)?$" $http_host;',
    "}",
  ];
}

function upgradeMaps(site: Site): string[] {
  const name = site.id;
  return [
    "# WebSocket passes. Any other upgrade is left out, and then the connection to the worker is kept.",
    `map $http_upgrade $${name}_upgrade {`,
    '    default   "";',
    "    websocket websocket;",
    "}",
    "",
    `map $${name}_upgrade $${name}_connection {`,
    '    default   "";',
    "    websocket upgrade;",
    "}",
  ];
}

function server(site: Site): string[] {
  const blocks = [
    [
      ...site.listen.map((words) => `listen ${words.map(quote).join(" ")};`),
      `server_name ${site.serverNames.map(quote).join(" ")};`,
    ],
    [`client_max_body_size ${site.clientMaxBodySize};`],
    ...passing(site, site),
    ...site.mounts.map((mount) => mountLocation(site, mount)),
    ...locations(site),
  ];
  if (site.includes.length > 0) blocks.push(site.includes.map((file) => `include ${quote(file)};`));
  const body = blocks.map((lines) => lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n"));
  return ["server {", body.join("\n\n"), "}"];
}

/** An app of its own: what is at its prefix and below, wherever static files may be. */
function mountLocation(site: Site, mount: Upstream & { prefix: string }): string[] {
  const pattern = `^${mount.prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:/|$)`;
  const blocks = [...passing(site, mount), [pass(mount)]];
  const body = blocks.map((lines) => lines.map((line) => `    ${line}`).join("\n")).join("\n\n");
  return [`location ~ ${quote(pattern)} {`, ...body.split("\n"), "}"];
}

function pass({ id, wire }: Upstream): string {
  return wire === "http" ? `proxy_pass http://${id};` : `${wire}_pass ${id};`;
}

function locations(site: Site): string[][] {
  const name = site.id;
  const blocks = site.statics.map((mapped) => staticLocation(mapped, `@${name}`));
  const rootIsStatic = site.statics.some(({ prefix }) => prefix === "");
  if (!rootIsStatic) blocks.push(["location / {", `    ${pass(site)}`, "}"]);
  if (site.statics.length > 0) blocks.push([`location @${name} {`, `    ${pass(site)}`, "}"]);
  return blocks;
}

/** What is not on disk goes to the app, as it does with static-map in the app server. */
function staticLocation({ prefix, path, file }: StaticPath, app: string): string[] {
  const from = prefix === "" ? `root ${quote(path || "/")};` : `alias ${quote(file ? path : `${path}/`)};`;
  const at = file ? `= ${quote(prefix)}` : quote(`${prefix}/`);
  return [`location ${at} {`, `    ${from}`, `    try_files $uri ${app};`, "}"];
}
