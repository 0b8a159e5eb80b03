import { AppError } from "./app-error.ts";
import { nearest } from "./nearest.ts";

/** A module as `import()` gives it. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/** An export that may be the app, and how it was reached, for messages. */
export interface Candidate {
  readonly name: string;
  readonly value: unknown;
}

const usualNames = ["app", "application", "handler"];

/**
 * The exports that may be the app, likeliest first: the one that was asked for, else `default`, `app`,
 * `application`, `handler`, else the module itself when it exports a `fetch` function. What a CommonJS
 * module exported counts like exports of its own, once more where a compiler nested it
 * (`exports.default`).
 * @throws AppError APP_NO_EXPORT when there is none, with those the module has.
 */
export function candidates(module: ModuleNamespace, callable: string | undefined, file: string): Candidate[] {
  const sources = [module, ...nested(module)];
  const names = callable === undefined ? ["default", ...usualNames] : [callable];
  const found = names.flatMap((name) =>
    // The innermost default is the one meant: the outer ones are what import() wraps around CommonJS.
    sources
      .filter((source) => Object.hasOwn(source, name) && source[name] !== undefined)
      .map((source) => ({ name, value: source[name] }))
      .reverse(),
  );
  if (callable === undefined && typeof module["fetch"] === "function") {
    found.push({ name: "fetch", value: module });
  }
  if (found.length === 0) throw new AppError("APP_NO_EXPORT", noExport(module, callable, file));
  return found;
}

/** A named export, from the module or from what a CommonJS module exported. */
export function namedExport(module: ModuleNamespace, name: string): unknown {
  return [module, ...nested(module)].find((source) => Object.hasOwn(source, name))?.[name];
}

/** The default export as a list of exports: CommonJS has its own in it. A function is one only when compiled so. */
function nested(module: ModuleNamespace): ModuleNamespace[] {
  const inner = module["default"];
  const isList = (typeof inner === "object" && inner !== null) || isTranspiled(inner);
  return isList ? [inner as ModuleNamespace] : [];
}

function isTranspiled(value: unknown): boolean {
  const isHolder = (typeof value === "object" && value !== null) || typeof value === "function";
  return isHolder && "__esModule" in value;
}

function noExport(module: ModuleNamespace, callable: string | undefined, file: string): string {
  const names = Object.keys(module).filter((name) => name !== "module.exports" && name !== "__esModule");
  const fields = fieldsOf(module["default"]);
  const shown = names.map((name) =>
    name === "default" && fields.length > 0 ? `default { ${fields.join(", ")} }` : name,
  );
  const has = names.length === 0 ? "it exports nothing" : `it exports ${shown.join(", ")}`;
  if (callable === undefined) {
    return `Cannot find an app in ${file}: wanted a default export: ${has}. Write \`export default app\`.`;
  }
  const like = nearest(callable, [...names, ...fields]);
  const advice = like === undefined ? `Write \`export { ${callable} }\`.` : `Did you mean ${like}?`;
  return `Cannot find the export "${callable}" in ${file}: ${has}. ${advice}`;
}

/** The fields of a plain object: what CommonJS exports, as import() shows it. */
function fieldsOf(value: unknown): string[] {
  const isPlain = typeof value === "object" && value !== null && value.constructor === Object;
  return isPlain ? Object.keys(value) : [];
}
