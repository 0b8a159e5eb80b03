import { helpText } from "../options/help.ts";
import type { Program } from "./program.ts";

/** What may follow `portico`. */
const COMMANDS = [
  ["APP | FILE.ini [OPTION]…", "Serve an app: hello.ts, wsgi.py, hello.ini."],
  ["dev APP [OPTION]…", "One worker, reloaded when a file changes, with error pages."],
  ["up [FILE.ini]", "Packages, app server, NGINX in front; again: an update."],
  ["status [TARGET] [--json]", "What runs."],
  ["reload [TARGET] [--app NAME]", "New workers, then the old ones end; --app /api: of that app alone."],
  ["stop [TARGET]", "Finish what is in flight and end."],
  ["logs [TARGET] [-f]", "The end of the log; -f: and what is added."],
  ["nginx print|test|install|remove FILE.ini", "The site in front."],
  ["nginx check [FILE.ini | SITE] [--json]", "What is missing, unsafe or slow in it; exits 6 with errors."],
  ["nginx passwd FILE USER [--stdin|--delete]", "A password for basic authentication."],
  ["cache purge FILE.ini PATH… | --all", "Forget what NGINX keeps: /news, '/blog/*'."],
  ["maintenance on|off|status FILE.ini", "Answer 503 until off; on --message TEXT, --page FILE."],
] as const;

/** `portico --help` */
export function help(_argv: readonly string[], program: Program): number {
  const commands = COMMANDS.map(([usage, text]) => `  portico ${usage}\n${" ".repeat(34)}${text}\n`);
  const target =
    "  A TARGET is a name, a pid, an ini file or a directory; without one, what serves from here.\n";
  program.out(`Commands:\n${commands.join("")}${target}\n${helpText(Math.min(program.columns, 110))}`);
  return 0;
}

/** `portico --version` */
export function version(_argv: readonly string[], program: Program): number {
  program.out(`portico ${program.version}\n`);
  return 0;
}
