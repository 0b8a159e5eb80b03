import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** What is known of a running master without asking it. */
export interface Instance {
  readonly pid: number;
  readonly name: string;
  /** Where its app is. */
  readonly chdir: string;
  /** Where it was started. */
  readonly cwd: string;
  /** The ini file, absolute. */
  readonly file: string | undefined;
  /** The file its log goes to; undefined: its terminal. */
  readonly log: string | undefined;
  /** Its control socket. */
  readonly control: string;
}

/** The folder in which running masters leave a note and a control socket; one for each user. */
export interface Registry {
  readonly folder: string;
  add(instance: Omit<Instance, "control">): Instance;
  remove(pid: number): void;
  /** Those that are alive. What dead ones have left is removed: notes, sockets, queues. */
  list(): Instance[];
}

/** Others may pass through to a worker's socket, but not look around; notes and control sockets are closed to them. */
const FOLDER_MODE = 0o711;

/**
 * @param folder made where it is missing
 * @throws Error where it belongs to somebody else: a stranger must not be able to take our orders' place.
 */
export function openRegistry(folder: string): Registry {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid!())
    throw new Error(`Cannot use ${folder} for running instances: it is not a directory of this user's`);
  if ((stat.mode & 0o777) !== FOLDER_MODE) chmodSync(folder, FOLDER_MODE);
  const note = (pid: number): string => join(folder, `${pid}.json`);
  const control = (pid: number): string => join(folder, `${pid}.sock`);
  const remove = (pid: number): void => {
    for (const path of [note(pid), control(pid)]) unlinkIfThere(path);
  };
  return {
    folder,
    remove,
    add(instance) {
      const whole = { ...instance, control: control(instance.pid) };
      remove(instance.pid);
      writeFileSync(`${note(instance.pid)}.new`, JSON.stringify(whole), { mode: 0o600 });
      renameSync(`${note(instance.pid)}.new`, note(instance.pid));
      return whole;
    },
    list() {
      const names = readdirSync(folder);
      const pids = names.flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
      return pids.flatMap((pid) => {
        if (!alive(pid)) {
          remove(pid);
          // Of its workers: `12345-hello.uwsgi` and what begins so (plan.ts, request-queues.ts).
          const isTheirs = new RegExp(`^${pid}-.*\\.uwsgi`);
          for (const name of names) if (isTheirs.test(name)) unlinkIfThere(join(folder, name));
          return [];
        }
        try {
          return [JSON.parse(readFileSync(note(pid), "utf8")) as Instance];
        } catch {
          return [];
        }
      });
    },
  };
}

/** Where this user's registry is, by the environment: PORTICO_RUNTIME_DIR, XDG_RUNTIME_DIR, /run for root, else in the temporary folder. */
export function registryFolder(env: NodeJS.ProcessEnv, uid: number, temporary: string): string {
  if (env["PORTICO_RUNTIME_DIR"]) return env["PORTICO_RUNTIME_DIR"];
  if (uid === 0 && process.platform === "linux") return "/run/portico";
  if (env["XDG_RUNTIME_DIR"]) return join(env["XDG_RUNTIME_DIR"], "portico");
  return join(temporary, `portico-${uid}`);
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
