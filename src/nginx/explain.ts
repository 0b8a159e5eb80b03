import { realpathSync } from "node:fs";
import path from "node:path";
import { findDirectives } from "./conf.ts";
import { readWithIncludes } from "./included.ts";
import type { Nginx } from "./system.ts";

/** Where a site stands: the file itself, and the name under which NGINX reads it. */
export interface SitePlaces {
  readonly file: string;
  readonly link: string;
}

/** NGINX's own words on a configuration, and what to do about it. */
export function explain(words: string, nginx: Nginx, site: SitePlaces): string {
  const advice = adviceOn(words, nginx, site);
  return advice === undefined ? words : `${words}\n${advice}`;
}

function adviceOn(words: string, nginx: Nginx, site: SitePlaces): string | undefined {
  const address = /a duplicate default server for (\S+)/.exec(words)?.[1];
  if (address !== undefined) {
    const other = otherDefaultServer(address, nginx, site);
    const who = other === undefined ? "Another site" : `${other.file}:${other.line}`;
    const disable = other === undefined ? "disable that site" : `disable it (rm ${other.file})`;
    return `${who} is the default server for ${address} already: ${disable}, or give this site a listen of its own in [nginx], such as "listen = 5001 default_server".`;
  }
  const twice = /duplicate listen options for (\S+)/.exec(words)?.[1];
  if (twice !== undefined) {
    const port = /\d+$/.exec(twice)?.[0] ?? "443";
    return `Another site has options for ${twice} already, which hold for both: where it is http3, say the listens of this one in [nginx], "listen = ${port} ssl" and "listen = ${port} quic".`;
  }
  const upstream = /duplicate upstream "([^"]+)"/.exec(words)?.[1];
  if (upstream !== undefined) {
    const other = otherFiles(nginx, site).find(({ directives }) =>
      findDirectives(directives, "upstream").some(({ args }) => args[0] === upstream),
    );
    return `${other?.file ?? "Another file"} holds the same site: remove it (rm ${other?.file ?? "FILE"}).`;
  }
  const taken = /bind\(\) to (\S+) failed \(\d+: Address (?:already )?in use\)/.exec(words)?.[1];
  if (taken !== undefined) {
    const port = /:(\d+)$/.exec(taken)?.[1];
    const find = port === undefined ? "" : ` (ss -ltnp sport = :${port} names it)`;
    return [
      `Another program listens on ${taken}${find}: stop it, or set another listen in [nginx].`,
      "Or NGINX itself does, on another address of that port: then only a restart of NGINX changes it.",
    ].join("\n");
  }
  if (/could not build optimal variables_hash/.test(words))
    return `No harm is done. Many sites have many variables: "variables_hash_max_size 4096;" in the http block of ${nginx.confFile} makes room.`;
  if (/server_names_hash_bucket_size/.test(words))
    return `A server-name is longer than NGINX is set up for: put the size that it asks for into the http block of ${nginx.confFile}.`;
  if (/\(13: Permission denied\)/.test(words)) return "Run it as root (sudo).";
  const place = / in (\/.*):\d+$/m.exec(words)?.[1];
  if (place === undefined) return undefined;
  if (place === site.link || place === site.file)
    return "Set it right in the [nginx] section of the ini; `portico nginx print` shows the lines.";
  return `It is ${place} that NGINX refuses, not this site: put that right first; \`nginx -t\` says when it is.`;
}

function otherDefaultServer(
  address: string,
  nginx: Nginx,
  site: SitePlaces,
): { file: string; line: number } | undefined {
  for (const { file, directives } of otherFiles(nginx, site))
    for (const { args, line } of findDirectives(directives, "listen"))
      if (isDefaultServer(args) && fullAddress(args[0] ?? "") === address) return { file, line };
  return undefined;
}

/** The files that NGINX reads, but for this site's. */
function otherFiles(nginx: Nginx, site: SitePlaces): ReturnType<typeof readWithIncludes> {
  const own = new Set([site.file, site.link, realPath(site.link)]);
  return readWithIncludes(nginx.confFile, path.dirname(nginx.confFile)).filter(
    ({ file }) => !own.has(file) && !own.has(realPath(file)),
  );
}

function isDefaultServer(args: readonly string[]): boolean {
  return args.includes("default_server") || args.includes("default");
}

/** As NGINX's messages name it: "0.0.0.0:5000". */
function fullAddress(listen: string): string {
  if (/^\d+$/.test(listen)) return `0.0.0.0:${listen}`;
  if (listen.startsWith("unix:")) return listen;
  const withPort = /:\d+$/.test(listen) && !listen.endsWith("]") ? listen : `${listen}:80`;
  return withPort.replace(/^\*:/, "0.0.0.0:").replace(/^localhost:/, "127.0.0.1:");
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
