import { helpText } from "../options/help.ts";
import { COMMAND_TEXTS } from "./command-texts.ts";
import type { Program } from "./program.ts";

/** `portico --help` */
export function help(_argv: readonly string[], program: Program): number {
  const commands = COMMAND_TEXTS.map(([usage, text]) => `  ${usage}\n      ${text}`).join("\n");
  program.out(`Commands:\n${commands}\n\n${helpText(Math.min(program.columns, 110))}\n`);
  return 0;
}

/** `portico --version` */
export function version(_argv: readonly string[], program: Program): number {
  program.out(`portico ${program.version}\n`);
  return 0;
}
