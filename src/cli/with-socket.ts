import { join } from "node:path";
import { loadConfig } from "../options/config.ts";
import type { Program } from "./program.ts";

/** A command line whose configuration has no socket for NGINX gets one, named for the app. */
export function withSocket(argv: readonly string[], program: Program): readonly string[] {
  const config = loadConfig(argv, program.environment);
  return config.socket.length > 0 || config.explicit.has("httpSocket") || config.explicit.has("fastcgiSocket")
    ? argv
    : [...argv, "--socket", join(config.chdir, `${config.name}.sock`), "--vacuum"];
}

/** The same where a private NGINX is to be in front; any other command line as it is. */
export function withSocketForNginx(argv: readonly string[], program: Program): readonly string[] {
  return loadConfig(argv, program.environment).nginx === "private" ? withSocket(argv, program) : argv;
}
