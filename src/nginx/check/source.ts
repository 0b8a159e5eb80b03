import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../command.ts";
import type { Nginx } from "../system.ts";
import { nginxWords } from "../words.ts";
import type { Source } from "./tree.ts";

/** What NGINX says of its own configuration. */
export interface Dump {
  readonly source: Source;
  /** Why NGINX refuses the configuration, in its own words; undefined: it takes it, or was not asked. */
  readonly refusal: string | undefined;
  /** What it warns of. */
  readonly warnings: readonly string[];
  /** Whether the files are read from disk, since this user may not have NGINX read them. */
  readonly fromDisk: boolean;
}

/** Has NGINX read its configuration (`nginx -T`); where it does not say it, the files are read from disk. */
export async function dumpOf(nginx: Nginx): Promise<Dump> {
  const { status, output } = await runCommand(nginx.binary, ["-T", ...nginx.args]);
  const confPrefix = path.dirname(nginx.confFile);
  const files = parseDump(output);
  if (status === 0 && files.size > 0)
    return {
      source: dumpSource(files, confPrefix),
      refusal: undefined,
      warnings: nginxWords(output).filter((line) => line.startsWith("nginx: [warn] ")),
      fromDisk: false,
    };
  const words = nginxWords(output).filter((line) => /^nginx: \[(emerg|crit|alert)\]/.test(line));
  // Rights that this user lacks say nothing about the configuration.
  const denied = words.some((line) => /\(13: Permission denied\)/.test(line));
  return {
    source: diskSource(confPrefix),
    refusal: denied || words.length === 0 ? undefined : words.join("\n"),
    warnings: [],
    fromDisk: true,
  };
}

/** The files in what `nginx -T` prints: each behind a line "# configuration file /etc/nginx/nginx.conf:". */
export function parseDump(output: string): Map<string, string> {
  const files = new Map<string, string>();
  const parts = output.split(/^# configuration file (\/.*):$/m);
  for (let at = 1; at + 1 < parts.length; at += 2) files.set(parts[at]!, parts[at + 1]!.replace(/^\n/, ""));
  return files;
}

export function dumpSource(files: ReadonlyMap<string, string>, confPrefix: string): Source {
  const names = [...files.keys()];
  return {
    confPrefix,
    read: (file) => files.get(file),
    list: (directory) =>
      names.filter((name) => path.dirname(name) === directory).map((name) => path.basename(name)),
  };
}

export function diskSource(confPrefix: string): Source {
  return {
    confPrefix,
    read: (file) => orUndefined(() => readFileSync(file, "utf8")),
    list: (directory) => orUndefined(() => readdirSync(directory)) ?? [],
  };
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
