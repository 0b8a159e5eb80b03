import { ask } from "../master/control.ts";
import { oneInstance } from "./instances.ts";
import type { Program } from "./program.ts";

/** `portico reload [TARGET]`: returns when the new workers serve; 5 when they could not and the old ones go on. */
export async function reload(argv: readonly string[], program: Program): Promise<number> {
  const { control, name } = oneInstance(argv, program);
  const result = await ask(control, "reload");
  if (!result.ok) {
    program.err(
      `portico: the reload of ${name} failed, the workers that served before go on: ${result.message}\n`,
    );
    return 5;
  }
  program.out(`${name} is reloaded: generation ${result.generation}\n`);
  for (const note of result.notes) program.out(`${note}\n`);
  return 0;
}
