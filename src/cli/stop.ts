import { ask } from "../master/control.ts";
import { oneInstance } from "./instances.ts";
import type { Program } from "./program.ts";

/** `portico stop [TARGET]`: returns when the master is gone, what was in flight finished. */
export async function stop(argv: readonly string[], program: Program): Promise<number> {
  const { control, name, pid } = oneInstance(argv, program);
  await ask(control, "stop");
  program.out(`${name} (pid ${pid}) has stopped\n`);
  return 0;
}
