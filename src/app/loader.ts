import { pathToFileURL } from "node:url";
import { AppError } from "./app-error.ts";
import { readTypeScriptAsModules } from "./commonjs-project.ts";
import type { App } from "./exchange.ts";
import { candidates, type ModuleNamespace, namedExport } from "./export-choice.ts";
import { watchListen } from "./listen-watch.ts";
import { describeValue, isUpgradeHandler, type RecogniseHints, recognise } from "./recognise.ts";
import { resolveModule } from "./resolve.ts";

/** Which app to load. */
export interface AppSpecifier {
  /** A module's name or path, with `:export` or without: see `resolveModule`. */
  readonly module: string;
  /** The export; wins over one named in `module`. */
  readonly callable: string | undefined;
  /** The directory that relative names count from. */
  readonly chdir: string;
}

/**
 * Imports a module and recognises its app.
 * @returns the app, and the absolute path of its file.
 * @throws AppError whose message says what to do.
 */
export async function loadApp(specifier: AppSpecifier): Promise<{ app: App; file: string }> {
  const { file, callable: named } = resolveModule(specifier.module, specifier.chdir);
  const { result: module, listened } = await watchListen(() => importModule(file));
  try {
    const app = await chooseApp(module, specifier.callable ?? named, file);
    return { app, file };
  } catch (error) {
    if (!listened || !(error instanceof AppError)) throw error;
    const advice =
      "It starts a server of its own (listen); here Portico listens: export the app instead, " +
      "`export default app`, and call listen in a file of its own.";
    throw new AppError(error.code, `${error.message}\n${advice}`, { cause: error });
  }
}

/** For an app that cannot be loaded: others start without it. */
async function importError(error: unknown, file: string): Promise<AppError> {
  return (await import("./import-error.ts")).importError(error, file);
}

async function importModule(file: string): Promise<ModuleNamespace> {
  readTypeScriptAsModules(file);
  try {
    return (await import(pathToFileURL(file).href)) as ModuleNamespace;
  } catch (error) {
    throw await importError(error, file);
  }
}

async function chooseApp(module: ModuleNamespace, callable: string | undefined, file: string): Promise<App> {
  const hints = readHints(module, file);
  const found = candidates(module, callable, file);
  let first: unknown;
  for (const [index, candidate] of found.entries()) {
    const value = await settle(candidate.value, candidate.name, file);
    if (index === 0) first = value;
    const app = await recogniseOrThrow(value, hints, file);
    if (app !== undefined) return app;
  }
  const name = found[0]?.name ?? "default";
  const wanted =
    "wanted a fetch handler (request) => Response, an object with fetch, a node listener (req, res), " +
    "a Fastify instance or an http.Server";
  throw new AppError(
    "APP_NOT_CALLABLE",
    `Cannot use the export "${name}" of ${file} as an app: ${wanted}: got ${describeValue(first)}.`,
  );
}

/** Apps may be promised, and their promise may break. */
async function settle(value: unknown, name: string, file: string): Promise<unknown> {
  try {
    return await value;
  } catch (error) {
    const { message } = await importError(error, file);
    throw new AppError("APP_THREW", `The promise that is exported as "${name}" was rejected.\n${message}`, {
      cause: error,
    });
  }
}

async function recogniseOrThrow(
  value: unknown,
  hints: RecogniseHints,
  file: string,
): Promise<App | undefined> {
  try {
    return await recognise(value, hints);
  } catch (error) {
    throw await importError(error, file);
  }
}

function readHints(module: ModuleNamespace, file: string): RecogniseHints {
  const appInterface = namedExport(module, "appInterface");
  if (appInterface !== undefined && appInterface !== "fetch" && appInterface !== "node") {
    throw new AppError(
      "APP_NOT_CALLABLE",
      `Cannot use appInterface of ${file}: wanted "fetch" or "node": got ${JSON.stringify(appInterface)}.`,
    );
  }
  const upgrade = namedExport(module, "upgrade");
  return { appInterface, upgrade: isUpgradeHandler(upgrade) ? upgrade : undefined };
}
