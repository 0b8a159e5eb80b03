import { readdirSync } from "node:fs";
import { type Asking, askDjango, type DjangoSettings } from "./ask-django.ts";
import { type Found, type FoundStatic, holds, plainPrefix, type Word } from "./found.ts";
import { type PythonProject, sourceOf } from "./python-module.ts";

/**
 * The settings module of a Django app, as the app's own module or the environment names it; undefined: it is no
 * Django app, as far as can be told.
 */
export function settingsModule(project: PythonProject, env: NodeJS.ProcessEnv): string | undefined {
  const text = sourceOf(project.module, project)?.text ?? "";
  const named =
    /^[ \t]*(?:os\.)?environ(\[|\.setdefault\(\s*)["']DJANGO_SETTINGS_MODULE["']\s*[\],]\s*=?\s*["']([\w.]+)["']/m;
  const [, how, name] = named.exec(text) ?? [];
  return how === "[" ? name : env["DJANGO_SETTINGS_MODULE"] || name;
}

/**
 * STATIC_ROOT at STATIC_URL, asked of the settings themselves.
 * @param settings the settings module's name
 */
export async function findDjango(project: PythonProject, settings: string, asking: Asking): Promise<Found> {
  const told = await askDjango(project, settings, asking);
  if ("error" in told)
    return notServed(`The settings of Django, ${settings}, cannot be asked for static files: ${told.error}`);
  const media = mediaWords(told);
  if (!told.isUsed) return { statics: [], words: media };
  const from = `STATIC_ROOT of ${settings}`;
  const { staticRoot: path } = told;
  const prefix = plainPrefix(told.staticUrl ?? "");
  const refused = (text: string): Found => ({
    statics: [],
    words: [{ text, where: "both", prefix }, ...media],
  });
  if (path === null)
    return refused(
      `${settings} has no STATIC_ROOT that NGINX could serve: set it, and run python manage.py collectstatic`,
    );
  if (prefix === undefined)
    return refused(
      `${from} is not served: STATIC_URL, ${JSON.stringify(told.staticUrl)}, is no path of this site`,
    );
  const app = sourceOf(project.module, project);
  if (holds(path, [project.chdir, ...told.sources, ...(app === undefined ? [] : [app.file])]))
    return refused(`${from}, ${path}, is not served: the project itself lies in it`);
  const names = namesIn(path);
  if (names.some((name) => name.endsWith(".py")))
    return refused(`${from}, ${path}, is not served: Python sources lie in it`);
  const found: FoundStatic = { prefix, path, file: false, hashed: told.isHashed, from };
  const due = `${from}, ${path}, is empty: python manage.py collectstatic is due`;
  return {
    statics: [found],
    words: [...(names.length === 0 ? [{ text: due, where: "stderr", prefix } as const] : []), ...media],
  };
}

/** Nothing is served, for a reason that people should know. */
export function notServed(text: string): Found {
  return { statics: [], words: [{ text, where: "both" }] };
}

/** What strangers uploaded is served when somebody says so. */
function mediaWords({ mediaUrl, mediaRoot }: DjangoSettings): Word[] {
  const prefix = plainPrefix(mediaUrl ?? "");
  if (prefix === undefined || mediaRoot === null) return [];
  const text = `Uploads, MEDIA_URL, are not served unless you say so: static = ${prefix} = ${mediaRoot}`;
  return [{ text, where: "site", prefix }];
}

/** None where it is not there, or not for us to read. Dot files do not count: they keep an empty directory in git. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}
