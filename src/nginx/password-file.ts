import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/** Bytes: more than anybody signs up with, and less than NGINX's buffers. */
const LONGEST_NAME = 128;

/** What NGINX's workers need to read; nobody else is to. */
const MODE = 0o640;

/** Why a user cannot have that name in a password file; undefined: it can. */
export function whyNotUser(user: string): string | undefined {
  if (user === "") return "expected a name: got nothing";
  if (Buffer.byteLength(user) > LONGEST_NAME) return `expected ${LONGEST_NAME} bytes or fewer`;
  if (/[:\x00-\x1f\x7f]/.test(user)) return "expected no colon and no control characters";
  // NGINX would read the line as a comment.
  if (user.startsWith("#")) return "expected no # at the beginning";
  return undefined;
}

/**
 * Sets a user's line in a password file, or removes it (hash undefined). Other lines stay as they are, comments
 * too. The file is replaced whole, readable for its owner and its group.
 * @param group who may read it besides the owner, where the file is made and this user may give it away
 * @returns what was done; "unknown": there was no such user to remove
 */
export function setPassword(
  file: string,
  user: string,
  hash: string | undefined,
  group?: number,
): "added" | "changed" | "removed" | "unknown" {
  const target = throughLinks(file);
  const before = textOf(target);
  const lines = (before ?? "").split("\n");
  if (lines.at(-1) === "") lines.pop();
  const isUser = (line: string): boolean => line.startsWith(`${user}:`);
  const known = lines.some(isUser);
  if (hash === undefined && !known) return "unknown";
  const at = lines.findIndex(isUser);
  // One line a user: NGINX takes the first, and a second would only mislead.
  const kept = lines.filter((line, i) => !isUser(line) || (i === at && hash !== undefined));
  const after =
    hash === undefined
      ? kept
      : known
        ? kept.map((line) => (isUser(line) ? `${user}:${hash}` : line))
        : [...kept, `${user}:${hash}`];
  replace(target, after.map((line) => `${line}\n`).join(""), before === undefined ? group : undefined);
  return hash === undefined ? "removed" : known ? "changed" : "added";
}

function replace(file: string, text: string, group: number | undefined): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  const before = statSync(file, { throwIfNoEntry: false });
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
    if (process.getuid!() === 0 && (before !== undefined || group !== undefined))
      chownSync(temporary, before?.uid ?? 0, before?.gid ?? group!);
    chmodSync(temporary, MODE);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** A link stays one: what it leads to is replaced. */
function throughLinks(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
