import { join } from "node:path";
import { type Config, loadConfig } from "../options/config.ts";
import type { Program } from "./program.ts";

/** A command line, and the configuration that it leads to. */
export interface Configured {
  readonly argv: readonly string[];
  readonly config: Config;
}

/** One whose configuration has no socket for NGINX gets one, named for the app. */
export function withSocket(argv: readonly string[], program: Program): Configured {
  return orWithSocket({ argv, config: loadConfig(argv, program.environment) }, program);
}

/** The same where a private NGINX is to be in front; any other command line as it is. */
export function withSocketForNginx(argv: readonly string[], program: Program): Configured {
  const given = { argv, config: loadConfig(argv, program.environment) };
  return given.config.nginx === "private" ? orWithSocket(given, program) : given;
}

function orWithSocket(given: Configured, program: Program): Configured {
  const { socket, explicit, chdir, name } = given.config;
  if (socket.length > 0 || explicit.has("httpSocket") || explicit.has("fastcgiSocket")) return given;
  const argv = [...given.argv, "--socket", join(chdir, `${name}.sock`), "--vacuum"];
  return { argv, config: loadConfig(argv, program.environment) };
}
