import { ask } from "../master/control.ts";
import { oneInstance } from "./instances.ts";
import { type Program, UsageError } from "./program.ts";

/**
 * `portico reload [TARGET] [--app /api]`: returns when the new workers serve; 5 when they could not and the old
 * ones go on. With `--app` only the workers of that app, as `portico status` names it, are replaced.
 */
export async function reload(argv: readonly string[], program: Program): Promise<number> {
  const { app, rest } = appOf(argv);
  const { control, name } = oneInstance(rest, program);
  const what = app === undefined || app === name ? name : `${app} of ${name}`;
  const result = await ask(control, "reload", app);
  if (!result.ok) {
    program.err(
      `portico: the reload of ${what} failed, the workers that served before go on: ${result.message}\n`,
    );
    return 5;
  }
  program.out(`${what} is reloaded: generation ${result.generation}\n`);
  for (const note of result.notes) program.out(`${note}\n`);
  return 0;
}

/** @throws UsageError where `--app` names none */
function appOf(argv: readonly string[]): { app: string | undefined; rest: readonly string[] } {
  const at = argv.findIndex((argument) => argument === "--app" || argument.startsWith("--app="));
  if (at < 0) return { app: undefined, rest: argv };
  const attached = argv[at]!.startsWith("--app=");
  const app = attached ? argv[at]!.slice("--app=".length) : argv[at + 1];
  if (!app || /[\r\n]/.test(app))
    throw new UsageError("portico reload --app wants the app that portico status names: --app /api");
  return { app, rest: argv.toSpliced(at, attached ? 1 : 2) };
}
