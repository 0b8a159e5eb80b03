import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { registryFolder } from "../master/registry.ts";
import { maintenanceFile } from "../nginx/maintenance-file.ts";
import { privatePlaces } from "../nginx/private/places.ts";
import { quote } from "../nginx/quote.ts";
import { sitePlaces } from "../nginx/site-files.ts";
import { findNginx } from "../nginx/system.ts";
import type { Config } from "../options/config.ts";
import { openListeners } from "./guards.ts";
import { loadInstance } from "./own-site.ts";
import { type Program, UsageError } from "./program.ts";
import { registry } from "./registry.ts";

const USAGE = "portico maintenance on|off|status hello.ini [--message TEXT]";
/** Characters. */
const LONGEST_MESSAGE = 1000;

/**
 * `portico maintenance on hello.ini`: NGINX answers 503 with the site's maintenance page until `off`, from the next
 * request on and without a reload; so do Portico's own listeners within a tenth of a second. The message is for `status`, and for whoever wonders.
 */
export async function maintenance(argv: readonly string[], program: Program): Promise<number> {
  const { verb, target, message } = read(argv);
  const config = await loadInstance([target], program);
  const folder = registryFolder(program.env, process.getuid!(), program.temporary);
  const file = maintenanceFile(folder, config.name);
  switch (verb) {
    case "on":
      assertKnown(config, file, program);
      write(file, message ?? "");
      program.out(
        `${config.name} answers 503 with its maintenance page; portico maintenance off ${target} ends it\n`,
      );
      return 0;
    case "off":
      rmSync(file, { force: true });
      program.out(`${config.name} is in service\n`);
      return 0;
    case "status":
      program.out(`${config.name} is ${existsSync(file) ? `in maintenance ${since(file)}` : "in service"}\n`);
      return 0;
  }
}

function read(argv: readonly string[]): {
  verb: "on" | "off" | "status";
  target: string;
  message: string | undefined;
} {
  const rest = [...argv];
  const at = rest.findIndex((argument) => argument === "--message" || argument.startsWith("--message="));
  let message: string | undefined;
  if (at >= 0) {
    const attached = rest[at]!.startsWith("--message=");
    message = attached ? rest[at]!.slice("--message=".length) : rest[at + 1];
    rest.splice(at, attached ? 1 : 2);
  }
  const [verb, target, ...more] = rest;
  const known = verb === "on" || verb === "off" || verb === "status";
  if (
    !known ||
    target === undefined ||
    more.length > 0 ||
    (at >= 0 && (verb !== "on" || message === undefined))
  )
    throw new UsageError(`Expected ${USAGE}`);
  if (message !== undefined && (message.length > LONGEST_MESSAGE || /[\x00-\x1f\x7f]/.test(message)))
    throw new UsageError(`Expected a message of one line and ${LONGEST_MESSAGE} characters at the most`);
  return { verb, target, message };
}

/** @throws UsageError where the site that NGINX has looks for another file, or nobody would answer with the page */
function assertKnown(config: Config, file: string, program: Program): void {
  const nginx = findNginx({ searchPath: program.env["PATH"] ?? "" });
  const site =
    config.nginx === "private"
      ? privatePlaces(config.chdir).siteFile
      : nginx && sitePlaces(nginx, config.name).file;
  if (site === undefined || !existsSync(site)) {
    if (servesItself(config, program)) return;
    throw new UsageError(
      `Nobody serves ${config.name} who could answer so: portico up or portico nginx install puts one in front; portico stop takes it out of service`,
    );
  }
  if (!readFileSync(site, "utf8").includes(quote(file)))
    throw new UsageError(
      `${site} does not look for ${file}: it was installed by another user, or by an older Portico; run this as that user, or portico nginx install again`,
    );
}

/** Whether it runs and is asked directly. */
function servesItself(config: Config, program: Program): boolean {
  const running = registry(program)?.list() ?? [];
  return (
    running.some(({ name, chdir }) => name === config.name && chdir === config.chdir) &&
    openListeners(config).length > 0
  );
}

/** For everybody to see, NGINX's workers among them. */
function write(file: string, message: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${message}\n`, { mode: 0o644 });
  renameSync(fresh, file);
}

/** "since 2026-11-22 14:00:00 (new disks)" */
function since(file: string): string {
  const time = statSync(file).mtime.toISOString().slice(0, 19).replace("T", " ");
  const message = readFileSync(file, "utf8").slice(0, LONGEST_MESSAGE).trim();
  return `since ${time} UTC${message === "" ? "" : ` (${message})`}`;
}
