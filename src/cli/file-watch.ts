import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, extname, join, relative } from "node:path";

/** What makes up an app, besides what it was seen to load. */
const SOURCES = new Set([
  ".ts",
  ".mts",
  ".cts",
  ".tsx",
  ".js",
  ".mjs",
  ".cjs",
  ".jsx",
  ".json",
  ".html",
  ".css",
  ".ini",
  ".py",
  ".env",
]);
/** Directories watched at the most: each takes an inotify watch. */
const MAX_DIRECTORIES = 1_000;
/** Milliseconds: an editor saves in several steps. */
const SETTLE = 40;

/** Watches the source files below a directory, and any others it is told of. */
export class FileWatch {
  readonly #root: string;
  readonly #changed: (file: string) => void;
  readonly #sources: ReadonlySet<string>;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #loaded = new Set<string>();
  readonly #stamps = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param sources extensions, with their dot, of the files below the directory that count. */
  constructor(root: string, changed: (file: string) => void, sources: ReadonlySet<string> = SOURCES) {
    this.#root = root;
    this.#sources = sources;
    this.#changed = changed;
    this.#watchTree(root);
  }

  /** Files that the app loaded, wherever they are. */
  add(files: readonly string[]): void {
    for (const file of files) {
      this.#loaded.add(file);
      this.#watchDirectory(dirname(file));
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  #watchTree(directory: string): void {
    this.#watchDirectory(directory);
    let entries: { name: string; isDirectory(): boolean }[];
    try {
      entries = readdirSync(directory, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (!entry.isDirectory()) this.#stamps.set(path, stamp(path));
      else if (
        entry.name !== "node_modules" &&
        entry.name !== "__pycache__" &&
        entry.name !== "venv" &&
        !entry.name.startsWith(".")
      )
        this.#watchTree(path);
    }
  }

  #watchDirectory(directory: string): void {
    if (this.#watchers.has(directory) || this.#watchers.size >= MAX_DIRECTORIES) return;
    try {
      const watcher = watch(directory, (_event, name) => {
        if (name !== null) this.#seen(join(directory, name));
      });
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, watcher);
    } catch {
      // A directory that cannot be watched is not: the others still are.
    }
  }

  #seen(path: string): void {
    const name = relative(this.#root, path);
    const hidden = name.split("/").some((part) => part.startsWith(".") && part !== ".env" && part !== "..");
    if (!this.#loaded.has(path) && (hidden || !(this.#sources.has(extname(path)) || name === ".env"))) {
      if (!hidden && statSync(path, { throwIfNoEntry: false })?.isDirectory()) this.#watchTree(path);
      return;
    }
    // Reading a file may be told as a change of it, and one change several times.
    const now = stamp(path);
    if (this.#stamps.get(path) === now) return;
    this.#stamps.set(path, now);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed(name), SETTLE);
  }
}

function stamp(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? stat.mtimeMs + stat.size : 0;
}
