import { resolve } from "node:path";
import { findInterpreter, InterpreterError } from "../master/interpreter.ts";
import { planOf } from "../master/plan.ts";
import { credentials, UserError } from "../master/user.ts";
import { workerEnv } from "../master/worker-config.ts";
import { type Person, personOf, whyUnreadable } from "../nginx/check/reach.ts";
import { findDjango, notServed, settingsModule } from "../nginx/found/django.ts";
import { findFlask } from "../nginx/found/flask.ts";
import { type Found, looksInApp, NOTHING_FOUND, type Word } from "../nginx/found/found.ts";
import { findVite } from "../nginx/found/vite.ts";
import type { Nginx } from "../nginx/system.ts";
import type { Config } from "../options/config.ts";
import type { Program } from "./program.ts";

/**
 * The static files that the main app's framework names, with a word where NGINX could not read them.
 * @param nginx the machine's, where there is one
 */
export async function foundIn(config: Config, program: Program, nginx?: Nginx): Promise<Found> {
  const found = await looked(config, program);
  const person = nginx && found.statics.length > 0 ? readerOf(config, nginx) : undefined;
  if (person === undefined) return found;
  const unreadable = found.statics.flatMap(({ prefix, path }): Word[] => {
    const why = whyUnreadable(path, person);
    return why === undefined
      ? []
      : [
          {
            text: `NGINX cannot read ${path}, and ${prefix} goes to the app: ${why}`,
            where: "stderr",
            prefix,
          },
        ];
  });
  // One directory may be in the way of them all.
  return { ...found, words: [...found.words, ...unreadable.slice(0, 1)] };
}

/** Whom NGINX's workers run as. */
function readerOf({ nginx: which, uid }: Config, { user }: Nginx): Person | undefined {
  if (which !== "private") return personOf(user);
  return process.getuid!() === 0 ? personOf(uid ?? user) : undefined;
}

/**
 * A Django project's settings are asked as its workers are
 * run: by the same interpreter, with the same environment, as the same user. Never throws: what cannot be asked
 * is told in the notes.
 */
async function looked(config: Config, program: Program): Promise<Found> {
  if (!looksInApp(config.siteSettings)) return NOTHING_FOUND;
  const { chdir } = config;
  const main = planOf(config, "/").pools[0]!;
  if (main.kind !== "python") return findVite(chdir);
  if (main.module === "") return NOTHING_FOUND;
  const pythonpath = config.pythonpath.map((directory) => resolve(chdir, directory));
  const project = { chdir, pythonpath, module: main.module };
  const env = workerEnv(config, program.env, false);
  const settings = settingsModule(project, env);
  if (settings === undefined) return findFlask(project);
  try {
    const { uid, gid } = credentials(config.uid, config.gid);
    const python = findInterpreter(config, env, program.cache).path;
    return await findDjango(project, settings, { python, env, uid, gid });
  } catch (error) {
    if (!(error instanceof InterpreterError || error instanceof UserError)) throw error;
    return notServed(`Django's static files were not looked for: ${error.message}`);
  }
}
