import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runCommand } from "./command.ts";
import { type Directive, parseConf } from "./conf.ts";
import { explain } from "./explain.ts";
import { matchesPattern } from "./included.ts";
import { quote } from "./quote.ts";
import { sitePlaces } from "./site-files.ts";
import type { Nginx } from "./system.ts";
import { nginxWords } from "./words.ts";

export interface TrialResult {
  readonly ok: boolean;
  /** NGINX's own words, "" where it has none; of a site it refuses with what to do. */
  readonly detail: string;
  /** Whether it was tried among the other sites of this machine, or alone. */
  readonly context: "machine" | "alone";
}

/**
 * Has NGINX check a site without touching what is installed: `nginx -t` on a copy of the machine's
 * configuration with this site in it. Where this user may not read or open all of that, alone.
 */
export async function testSite(nginx: Nginx, text: string, name: string): Promise<TrialResult> {
  const places = sitePlaces(nginx, name);
  const directory = mkdtempSync(path.join(tmpdir(), "portico-nginx-test-"));
  try {
    const amongOthers = process.getuid?.() === 0 && nginx.enabledPattern !== undefined;
    const site = amongOthers
      ? copyConfiguration(nginx, directory, path.basename(places.link), text)
      : writeAlone(nginx, directory, text);
    const confFile = path.join(directory, "nginx.conf");
    const { status, output } = await runCommand(nginx.binary, ["-t", "-q", "-c", confFile]);
    const words = nginxWords(output)
      .join("\n")
      .replaceAll(site, places.link)
      .replaceAll(path.join(directory, path.basename(nginx.sitesEnabled)), nginx.sitesEnabled)
      .replaceAll(directory, path.dirname(nginx.confFile));
    return {
      ok: status === 0,
      detail: status === 0 && !words.includes("variables_hash") ? words : explain(words, nginx, places),
      context: amongOthers ? "machine" : "alone",
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** NGINX resolves relative paths from its nginx.conf, so its whole directory is mirrored by links. */
function copyConfiguration(nginx: Nginx, directory: string, linkName: string, text: string): string {
  const source = path.dirname(nginx.confFile);
  const sites = path.join(directory, path.basename(nginx.sitesEnabled));
  mkdirSync(sites);
  for (const entry of readdirSync(source))
    if (entry !== path.basename(nginx.confFile) && entry !== path.basename(sites) && entry !== "nginx.conf")
      symlinkSync(path.join(source, entry), path.join(directory, entry));
  for (const entry of readdirSync(nginx.sitesEnabled))
    if (entry !== linkName && matchesPattern("*", entry))
      symlinkSync(path.join(nginx.sitesEnabled, entry), path.join(sites, entry));
  const site = path.join(sites, linkName);
  writeFileSync(site, text);
  writeFileSync(path.join(directory, "nginx.conf"), redirected(nginx, directory, sites));
  return site;
}

/** The machine's nginx.conf with the pid file and the sites of the copy. */
function redirected(nginx: Nginx, directory: string, sites: string): string {
  const text = readFileSync(nginx.confFile, "utf8");
  const confPrefix = path.dirname(nginx.confFile);
  const edits: { start: number; end: number; text: string }[] = [];
  const visit = (directives: readonly Directive[]): void => {
    for (const { name, args, start, end, block } of directives) {
      const target = path.resolve(confPrefix, args[0] ?? "");
      if (name === "include" && path.dirname(target) === nginx.sitesEnabled)
        edits.push({ start, end, text: `include ${quote(path.join(sites, path.basename(target)))};` });
      else if (name === "pid") edits.push({ start, end, text: "" });
      visit(block ?? []);
    }
  };
  visit(parseConf(text));
  let result = text;
  for (const edit of edits.sort((a, b) => b.start - a.start))
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  // On the same line, so that the numbers in NGINX's messages stay right.
  return `pid ${quote(path.join(directory, "nginx.pid"))}; ${result}`;
}

function writeAlone(nginx: Nginx, directory: string, text: string): string {
  const site = path.join(directory, "site.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${quote(path.join(directory, kind))};`,
  );
  writeFileSync(site, text);
  writeFileSync(
    path.join(directory, "nginx.conf"),
    [
      `pid ${quote(path.join(directory, "nginx.pid"))};`,
      "error_log stderr;",
      "events {}",
      "http {",
      "access_log off;",
      ...temporary,
      `include ${quote(site)};`,
      "}",
      "",
    ].join("\n"),
  );
  // Files that the site includes by a relative name come from beside nginx.conf.
  for (const entry of readdirSync(path.dirname(nginx.confFile)))
    if (!["nginx.conf", "site.conf", "nginx.pid"].includes(entry))
      symlinkSync(path.join(path.dirname(nginx.confFile), entry), path.join(directory, entry));
  return site;
}
