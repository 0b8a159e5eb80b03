import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { registryFolder } from "../master/registry.ts";
import { maintenanceFile, maintenancePage } from "../nginx/maintenance-file.ts";
import { privatePlaces } from "../nginx/private/places.ts";
import { quote } from "../nginx/quote.ts";
import { sitePlaces } from "../nginx/site-files.ts";
import { findNginx } from "../nginx/system.ts";
import type { Config } from "../options/config.ts";
import { openListeners } from "./guards.ts";
import { loadInstance } from "./own-site.ts";
import { type Program, UsageError } from "./program.ts";
import { registry } from "./registry.ts";

const USAGE = "portico maintenance on|off|status hello.ini [--message TEXT] [--page FILE]";
/** Characters. */
const LONGEST_MESSAGE = 1000;
/** Bytes: workers send no longer one. */
const LARGEST_PAGE = 1024 * 1024;

/**
 * `portico maintenance on hello.ini`: NGINX answers 503 with the site's maintenance page until `off`, from the next
 * request on and without a reload; so do Portico's own listeners within a tenth of a second. The message is for `status`, and for whoever wonders.
 */
export async function maintenance(argv: readonly string[], program: Program): Promise<number> {
  const { verb, target, message, page } = read(argv);
  const config = await loadInstance([target], program);
  const folder = registryFolder(program.env, process.getuid!(), program.temporary);
  const file = maintenanceFile(folder, config.name);
  switch (verb) {
    case "on":
      assertKnown(config, file, page, program);
      if (page === undefined) rmSync(maintenancePage(file), { force: true });
      else write(maintenancePage(file), readPage(resolve(program.cwd, page)));
      write(file, `${message ?? ""}\n`);
      program.out(
        `${config.name} answers 503 with its maintenance page; portico maintenance off ${target} ends it\n`,
      );
      return 0;
    case "off":
      for (const each of [file, maintenancePage(file)]) rmSync(each, { force: true });
      program.out(`${config.name} is in service\n`);
      return 0;
    case "status":
      program.out(`${config.name} is ${existsSync(file) ? `in maintenance ${since(file)}` : "in service"}\n`);
      return 0;
  }
}

interface Said {
  readonly verb: "on" | "off" | "status";
  readonly target: string;
  readonly message: string | undefined;
  readonly page: string | undefined;
}

function read(argv: readonly string[]): Said {
  const rest = [...argv];
  const message = taken(rest, "--message");
  const page = taken(rest, "--page");
  const [verb, target, ...more] = rest;
  const known = verb === "on" || verb === "off" || verb === "status";
  const added = message !== undefined || page !== undefined;
  if (!known || target === undefined || more.length > 0 || (added && verb !== "on"))
    throw new UsageError(`Expected ${USAGE}`);
  if (message !== undefined && (message.length > LONGEST_MESSAGE || /[\x00-\x1f\x7f]/.test(message)))
    throw new UsageError(`Expected a message of one line and ${LONGEST_MESSAGE} characters at the most`);
  return { verb, target, message, page };
}

/** Takes `--name VALUE` or `--name=VALUE` out. */
function taken(rest: string[], name: string): string | undefined {
  const at = rest.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (at < 0) return undefined;
  const attached = rest[at] !== name;
  const value = attached ? rest[at]!.slice(name.length + 1) : rest[at + 1];
  if (value === undefined) throw new UsageError(`Expected ${USAGE}`);
  rest.splice(at, attached ? 1 : 2);
  return value;
}

function readPage(file: string): string {
  try {
    const page = readFileSync(file, "utf8");
    if (Buffer.byteLength(page) <= LARGEST_PAGE) return page;
  } catch (error) {
    throw new UsageError(`Cannot read the page: ${(error as Error).message}`, { cause: error });
  }
  throw new UsageError(`${file} is no page: it is larger than ${LARGEST_PAGE} bytes`);
}

/** @throws UsageError where the site that NGINX has looks for another file, or nobody would answer with the page */
function assertKnown(config: Config, file: string, page: string | undefined, program: Program): void {
  const nginx = findNginx({ searchPath: program.env["PATH"] ?? "" });
  const system = nginx && sitePlaces(nginx, config.name).file;
  // A private one may be the command line's wish, which is not in the ini.
  const places = [privatePlaces(config.chdir).siteFile, config.nginx === "private" ? undefined : system];
  const sites = places.filter((place) => place !== undefined).filter((place) => existsSync(place));
  const [site] = sites;
  if (site === undefined) {
    if (servesItself(config, program)) return;
    throw new UsageError(
      `Nobody serves ${config.name} who could answer so: portico up or portico nginx install puts one in front; portico stop takes it out of service`,
    );
  }
  if (page !== undefined)
    throw new UsageError(
      `NGINX serves ${config.name}, with the page of its site: set maintenance-page in [nginx] and portico nginx install`,
    );
  if (!sites.some((each) => readFileSync(each, "utf8").includes(quote(file))))
    throw new UsageError(
      `${site} does not look for ${file}: it was installed by another user, or by an older Portico; run this as that user, or portico nginx install again`,
    );
}

/** Whether it runs and is asked directly. */
function servesItself(config: Config, program: Program): boolean {
  const running = registry(program)?.list() ?? [];
  return (
    running.some(
      ({ name, chdir, file }) => name === config.name && chdir === config.chdir && file === config.file,
    ) && openListeners(config).length > 0
  );
}

/** For everybody to see, NGINX's workers among them. */
function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o644 });
  renameSync(fresh, file);
}

/** "since 2026-11-22 14:00:00 (new disks)" */
function since(file: string): string {
  const time = statSync(file).mtime.toISOString().slice(0, 19).replace("T", " ");
  const message = readFileSync(file, "utf8").slice(0, LONGEST_MESSAGE).trim();
  return `since ${time} UTC${message === "" ? "" : ` (${message})`}`;
}
