import { existsSync, lstatSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sharedSocketPath, workerSocketPath } from "../listener/worker-socket.ts";
import { planOf } from "../master/plan.ts";
import { check, inOrder } from "../nginx/check/check.ts";
import type { AppFacts, Finding } from "../nginx/check/finding.ts";
import { factsOf, findingsOfRunning } from "../nginx/check/machine.ts";
import { printFindings, summary } from "../nginx/check/print.ts";
import { type CheckedTree, filesRead, siteTree, wholeTree } from "../nginx/check/site-tree.ts";
import { dumpOf } from "../nginx/check/source.ts";
import { printSite } from "../nginx/print.ts";
import { privatePlaces } from "../nginx/private/places.ts";
import { sitePlaces } from "../nginx/site-files.ts";
import { findNginx, type Nginx } from "../nginx/system.ts";
import { testSite } from "../nginx/trial.ts";
import { type Config, loadConfig } from "../options/config.ts";
import { foundIn } from "./found.ts";
import { type Program, UsageError } from "./program.ts";
import { siteOf } from "./site.ts";

/** Exit status where there are errors among the findings. */
const ERRORS_FOUND = 6;

/**
 * `portico nginx check [hello.ini | SITE FILE] [--json]`: what is missing, unsafe or slow in the site and in the
 * NGINX that runs it; without a file, in all of its configuration.
 */
export async function nginxCheck(argv: readonly string[], program: Program): Promise<number> {
  const rest = argv.filter((argument) => argument !== "--json");
  const [file] = rest;
  const config =
    file !== undefined && !isSiteFile(file, program.cwd) ? loadConfig(rest, program.environment) : undefined;
  const nginx = nginxOf(config, program);
  const dump = await dumpOf(nginx);
  const asked = file && resolve(program.cwd, file);
  const { tree, notes } = await whatToCheck(program, nginx, dump.source, config, asked);
  // NGINX itself has a word on a file that it does not read yet.
  const trial = config === undefined && asked && !tree.read ? await tryOut(nginx, asked) : undefined;
  const refusals = [
    ...(dump.refusal === undefined ? [] : [refused(nginx.confFile, dump.refusal)]),
    ...(trial === undefined ? [] : [refused(asked!, trial)]),
  ];
  const found = check(tree.nodes, factsOf(nginx, config && appFacts(config)));
  const all = inOrder([...refusals, ...notes, ...findingsOfRunning(nginx, filesRead(tree)), ...found]);
  const findings = all.filter(
    ({ file: place }) => tree.files === undefined || tree.files.has(place) || place === nginx.confFile,
  );
  if (argv.includes("--json")) program.out(`${JSON.stringify(findings, null, 2)}\n`);
  else {
    if (findings.length > 0) program.out(`${printFindings(findings)}\n\n`);
    const how = dump.fromDisk ? ", its files read from disk" : "";
    program.out(`NGINX ${nginx.version}${how}: ${summary(findings)}\n`);
  }
  return findings.some(({ severity }) => severity === "error") ? ERRORS_FOUND : 0;
}

/** Why NGINX would refuse a site; undefined: it would take it, or it is a whole nginx.conf. */
async function tryOut(nginx: Nginx, file: string): Promise<string | undefined> {
  const text = readFileSync(file, "utf8");
  if (/^\s*(http|events)\s*\{/m.test(text)) return undefined;
  const { ok, detail } = await testSite(nginx, text, "portico-check");
  return ok ? undefined : detail;
}

function refused(file: string, words: string): Finding {
  const [line = "1"] = /(?<=:)\d+(?=$|\n)/.exec(words) ?? [];
  return {
    ...note(file, "refused", "NGINX refuses it", words.replaceAll("\n", "\n    ")),
    severity: "error",
    line: file.endsWith("nginx.conf") ? 1 : Number(line),
  };
}

/** An ini, or a module's file, is a configuration of Portico's; anything else that is there is NGINX's. */
function isSiteFile(file: string, cwd: string): boolean {
  if (file.startsWith("-") || /\.(ini|[cm]?[jt]sx?|py)(:[^/]*)?$/.test(file)) return false;
  if (!existsSync(resolve(cwd, file)))
    throw new UsageError(`portico nginx check takes an ini file or a site file: there is no ${file}`);
  return true;
}

/** The one that the instance keeps for itself, or the machine's. */
function nginxOf(config: Config | undefined, program: Program): Nginx {
  const searchPath = program.env["PATH"] ?? "";
  const places = config?.nginx === "private" ? privatePlaces(config.chdir) : undefined;
  if (places && !existsSync(places.confFile))
    throw new UsageError(
      `The private NGINX of ${config?.name} has not been started yet: there is no ${places.confFile}`,
    );
  const nginx = findNginx({ searchPath, ...(places && { confFile: places.confFile }) });
  if (!nginx) throw new UsageError("NGINX is not installed: sudo apt-get install nginx");
  return nginx;
}

async function whatToCheck(
  program: Program,
  nginx: Nginx,
  source: Parameters<typeof wholeTree>[0],
  config: Config | undefined,
  file: string | undefined,
): Promise<{ tree: CheckedTree; notes: Finding[] }> {
  if (config?.nginx === "private") return { tree: wholeTree(source, nginx.confFile), notes: [] };
  if (config !== undefined) return siteOfConfig(program, nginx, source, config);
  if (file === undefined) return { tree: wholeTree(source, nginx.confFile), notes: [] };
  const tree = siteTree(source, nginx.confFile, file);
  return {
    tree,
    notes: tree.read
      ? []
      : [
          note(
            file,
            "not-read",
            "NGINX does not read this file",
            "it is checked as if its http block included it",
          ),
        ],
  };
}

/** The installed site; where there is none, the one that would be. */
async function siteOfConfig(
  program: Program,
  nginx: Nginx,
  source: Parameters<typeof wholeTree>[0],
  config: Config,
): Promise<{ tree: CheckedTree; notes: Finding[] }> {
  const { file, link } = sitePlaces(nginx, config.name);
  const wanted = printSite(siteOf(config, program, nginx, await foundIn(config, program)));
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined)
    return {
      tree: siteTree(source, nginx.confFile, file, wanted),
      notes: [
        note(
          file,
          "not-installed",
          "the site is not installed",
          "what is checked is the site that would be",
          [`portico nginx install ${config.file ?? ""}`.trim()],
        ),
      ],
    };
  const tree = siteTree(source, nginx.confFile, existsSync(link) ? link : file);
  const notes: Finding[] = [];
  if (!tree.read)
    notes.push(
      note(file, "not-enabled", "the site is installed and not enabled", "NGINX does not read it", [
        `portico nginx install ${config.file ?? ""}`.trim(),
      ]),
    );
  else if (readFileSync(file, "utf8") !== wanted)
    notes.push(
      note(
        link,
        "out-of-date",
        "the installed site is not what the ini says",
        "the ini was changed after it was written, or the site was",
        [`portico nginx install ${config.file ?? ""}`.trim()],
      ),
    );
  return { tree, notes };
}

function note(file: string, rule: string, what: string, why: string, write: readonly string[] = []): Finding {
  return { severity: "warning", rule, file, line: 1, what, why, write };
}

function appFacts(config: Config): AppFacts {
  const shared = config.socket.flatMap((address) =>
    address.kind === "unix" && !address.path.startsWith("\0") ? [address.path] : [],
  );
  const [main] = planOf(config, "/").pools;
  const own =
    main?.kind === "node" && config.workerSockets && shared[0] !== undefined
      ? Array.from({ length: config.processes }, (_, i) => workerSocketPath(shared[0]!, i + 1))
      : [];
  return {
    directory: config.chdir,
    limitPost: config.limitPost,
    harakiri: config.harakiri,
    sockets: [...shared.map(sharedSocketPath), ...own],
    workerSockets: own,
  };
}
