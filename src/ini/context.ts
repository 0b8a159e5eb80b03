/** What an ini file may ask about the machine. Nothing else of it is looked at. */
export interface IniContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; paths in an ini file are relative to it, as they are for uWSGI. */
  readonly cwd: string;
  /** For `%k`. */
  readonly cores: number;
  /** For `%h` and `if-hostname`. */
  readonly hostname: string;
  /** @throws an error with node's `code`: ENOENT where there is no such file, EISDIR for a directory. */
  readFile(path: string): string;
}

/** "file", "directory", or undefined where there is nothing. */
export function kindOf(path: string, context: IniContext): "file" | "directory" | undefined {
  try {
    context.readFile(path);
    return "file";
  } catch (error) {
    const code = errorCode(error);
    if (code === "EISDIR") return "directory";
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : "file";
  }
}

/** Node's code of a failed call, such as ENOENT. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
