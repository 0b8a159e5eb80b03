import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "./app-error.ts";
import { codeFrame, codeFrameOf, type SourcePlace } from "./code-frame.ts";
import { arrowPlace, errorPlace } from "./error-place.ts";
import { nearest } from "./nearest.ts";
import { syntaxErrorPlace } from "./syntax-error-place.ts";

/** What an import of `file` threw → an error that says where, and what to do. */
export async function importError(error: unknown, file: string): Promise<AppError> {
  const { code, message, stack } = parts(error);
  if (
    code === "ERR_MODULE_NOT_FOUND" ||
    code === "MODULE_NOT_FOUND" ||
    code === "ERR_UNSUPPORTED_DIR_IMPORT"
  ) {
    return moduleNotFound(error, message, file);
  }
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    const advice = "Node runs .ts, .mts and .cts as they stand; JSX has to be compiled first.";
    return new AppError("APP_SYNTAX", `Cannot load ${file}: ${message}. ${advice}`, { cause: error });
  }
  // A SyntaxError may also be thrown by the app itself (JSON.parse): only what node reports with an
  // arrow, or from inside its loader, is about the source.
  if (error instanceof SyntaxError && isAboutSource(stack)) {
    const place = arrowPlace(stack) ?? (await syntaxErrorPlace(file));
    return new AppError("APP_SYNTAX", placed(message, place, file, syntaxAdvice(code, message)), {
      cause: error,
    });
  }
  const text = error instanceof Error ? `${error.name}: ${message}` : `it threw ${String(error)}`;
  return new AppError("APP_THREW", placed(text, errorPlace(error), file, ""), { cause: error });
}

function parts(error: unknown): { code: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error), stack: "" };
  const { code, message, stack } = error as NodeJS.ErrnoException;
  return { code: String(code ?? ""), message, stack: String(stack ?? "") };
}

function isAboutSource(stack: string): boolean {
  if (arrowPlace(stack) !== undefined) return true;
  const firstFrame = /^\s+at .*$/m.exec(stack)?.[0] ?? "";
  return /\(node:internal\/(modules|vm)/.test(firstFrame);
}

/** `/app/hello.ts:3:14: Cannot load the app: Unexpected identifier`, the source lines, the advice. */
function placed(message: string, place: SourcePlace | undefined, file: string, advice: string): string {
  const column = place?.column === undefined ? "" : `:${place.column}`;
  const where = place === undefined ? file : `${place.file}:${place.line}${column}`;
  const frame = place === undefined ? "" : codeFrameOf(place);
  return [`${where}: Cannot load the app: ${message}`, frame, advice]
    .filter((part) => part !== "")
    .join("\n");
}

function syntaxAdvice(code: string, message: string): string {
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return (
      "Node takes types away and compiles nothing, so it runs erasable syntax only. Instead of an enum write a const " +
      "object, of a namespace a module, of a parameter property a field " +
      "(tsc reports them all with erasableSyntaxOnly)."
    );
  }
  if (/import statement outside a module|Unexpected token 'export'/.test(message)) {
    return 'For import and export name the file .mts or .mjs, or put "type": "module" into package.json.';
  }
  const missing = /The requested module '(.+)' does not provide an export named '(.+)'/.exec(message);
  if (missing && missing[2] === "default")
    return `Import it by name, or give ${missing[1]} a default export.`;
  if (missing) return "If it is a type, import it with `import type`: node does not know types.";
  return "";
}

function moduleNotFound(error: unknown, message: string, file: string): AppError {
  const importer = importerOf(error, message) ?? file;
  const wanted = /(?:module|package|import) '(.+?)'/.exec(message)?.[1] ?? "";
  const path = wantedPath(error, wanted, importer);
  const written = path === undefined ? wanted : relativeSpecifier(path, importer);
  const place = importPlace(importer, path === undefined ? packageOf(wanted) : basename(path));
  const where = place === undefined ? importer : `${importer}:${place.line}`;
  const text = `${where}: Cannot find ${path === undefined ? `the package "${packageOf(wanted)}"` : `"${written}"`}`;
  const advice = path === undefined ? packageAdvice(wanted, importer) : fileAdvice(path, importer);
  const lines = [`${text}. ${advice}`.trim(), place === undefined ? "" : place.frame];
  return new AppError("APP_NOT_FOUND", lines.filter((line) => line !== "").join("\n"), { cause: error });
}

function importerOf(error: unknown, message: string): string | undefined {
  const { requireStack } = error as { requireStack?: string[] };
  if (requireStack?.[0] !== undefined) return requireStack[0];
  const importer = /imported from (.+)$/m.exec(message)?.[1];
  return importer?.startsWith("file:") ? fileURLToPath(importer) : importer;
}

/** The file that was wanted; undefined where it was a package. */
function wantedPath(error: unknown, wanted: string, importer: string): string | undefined {
  if (wanted.startsWith("/")) return wanted;
  if (/^\.\.?\//.test(wanted)) return join(dirname(importer), wanted);
  const { url } = error as { url?: string };
  return url?.startsWith("file:") ? fileURLToPath(url) : undefined;
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function packageAdvice(specifier: string, importer: string): string {
  const name = packageOf(specifier);
  if (/^(@|~|#)?\//.test(specifier)) {
    return 'Node does not know the "paths" of tsconfig.json: import it by its path, or use "imports" in package.json.';
  }
  return isDeclared(name, dirname(importer))
    ? "It is in package.json: run npm install."
    : `Run npm install ${name}.`;
}

/** Whether the nearest package.json above lists the package. */
function isDeclared(name: string, directory: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    let text: string;
    try {
      text = readFileSync(join(at, "package.json"), "utf8");
    } catch {
      if (at === dirname(at)) return false;
      continue;
    }
    return new RegExp(`"${escapeRegExp(name)}"\\s*:`).test(text);
  }
}

/** Node adds no extension, and does not take .js for .ts, as bundlers and tsc do. */
function fileAdvice(path: string, importer: string): string {
  const files = list(dirname(path));
  const stem = basename(path).replace(/\.[cm]?[jt]sx?$/, "");
  const same = files.find(
    (file) => file.slice(0, -extname(file).length) === stem && /\.[cm]?[jt]s$/.test(file),
  );
  const index = list(path).find((file) => /^index\.[cm]?[jt]s$/.test(file));
  const found =
    same !== undefined
      ? join(dirname(path), same)
      : index !== undefined
        ? join(path, index)
        : nearestFile(basename(path), files, dirname(path));
  if (found === undefined) return "";
  const reason =
    same !== undefined || index !== undefined ? "Node wants the file's whole name: write" : "Did you mean";
  const specifier = `"${relativeSpecifier(found, importer)}"`;
  return same !== undefined || index !== undefined ? `${reason} ${specifier}.` : `${reason} ${specifier}?`;
}

function nearestFile(name: string, files: readonly string[], directory: string): string | undefined {
  const found = nearest(name, files);
  return found === undefined ? undefined : join(directory, found);
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function relativeSpecifier(path: string, importer: string): string {
  const specifier = relative(dirname(importer), path);
  return specifier.startsWith(".") ? specifier : `./${specifier}`;
}

/** The line of the import, found by how its specifier ends, or by its package: node does not tell it. */
function importPlace(importer: string, name: string): { line: number; frame: string } | undefined {
  let source: string;
  try {
    source = readFileSync(importer, "utf8");
  } catch {
    return undefined;
  }
  const specifier = new RegExp(`["'/]${escapeRegExp(name)}["'/]`);
  const lines = source.split("\n");
  const line = lines.findIndex((text) => specifier.test(text)) + 1;
  if (line === 0) return undefined;
  const column = (lines[line - 1] ?? "").search(specifier) + 2;
  return { line, frame: codeFrame(source, { line, column, length: name.length }) };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
