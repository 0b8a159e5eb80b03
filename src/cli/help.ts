import { helpText } from "../options/help.ts";
import type { Program } from "./program.ts";

/** `portico --help` */
export function help(_argv: readonly string[], program: Program): number {
  program.out(helpText(Math.min(program.columns, 110)));
  return 0;
}

/** `portico --version` */
export function version(_argv: readonly string[], program: Program): number {
  program.out(`portico ${program.version}\n`);
  return 0;
}
