import { spawnSync } from "node:child_process";
import { accessSync, constants, type Stats, statSync } from "node:fs";
import path from "node:path";

/** A user as the kernel sees it. */
export interface Person {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** The user of that name with all its groups; undefined where the machine does not know it. */
export function personOf(name: string): Person | undefined {
  const ask = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync("id", [...args, "--", name], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  const uid = ask("-u");
  const gids = ask("-G");
  if (uid === undefined || gids === undefined) return undefined;
  return { name, uid: Number(uid), gids: gids.split(/\s+/).map(Number) };
}

/**
 * Why a user cannot connect to a unix socket; undefined: it can. Root has it tried as that user, so that
 * access lists and the like count; else the modes of the socket and of each directory above it tell.
 */
export function whyUnreachable(socket: string, person: Person): string | undefined {
  const stat = statOf(socket);
  if (stat === "denied") return modesSay(socket, person) ?? `${socket} may not be looked at by this user`;
  if (stat === undefined) return `there is no ${socket}: is the app server running?`;
  if (!stat.isSocket()) return `${socket} is no socket`;
  const tried = tryAs(socket, person);
  if (tried === true) return undefined;
  const why = modesSay(socket, person);
  return tried === false ? (why ?? `${person.name} may not write to ${socket}`) : why;
}

/** Whether the user may, tried for real; undefined where that cannot be tried. */
function tryAs(socket: string, { name, uid, gids }: Person): boolean | undefined {
  if (process.getuid!() === uid) {
    try {
      accessSync(socket, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }
  if (process.getuid!() !== 0) return undefined;
  const become = [`--reuid=${name}`, `--regid=${gids[0]}`, "--init-groups"];
  const { status } = spawnSync("setpriv", [...become, "test", "-w", socket]);
  return status === 0 ? true : status === 1 ? false : undefined;
}

/** Why a user cannot read a file, or those in a directory, as far as modes tell; undefined: nothing is in the way. */
export function whyUnreadable(file: string, person: Person): string | undefined {
  if (person.uid === 0) return undefined;
  const shut = shutAbove(file, person);
  if (shut !== undefined) return shut;
  const stat = statOf(file);
  if (stat === undefined || stat === "denied" || allows(stat, person, stat.isDirectory() ? 0o1 : 0o4))
    return undefined;
  return `${person.name} may not read ${file} (${modeOf(stat)}): chmod ${stat.isDirectory() ? "o+rx" : "o+r"} ${file}`;
}

/** The first of the directories above it, or the socket itself, whose mode shuts the user out. */
function modesSay(socket: string, person: Person): string | undefined {
  if (person.uid === 0) return undefined;
  const shut = shutAbove(socket, person);
  if (shut !== undefined) return `${shut}, or put the socket into /run`;
  const stat = statOf(socket);
  if (stat === undefined || stat === "denied" || allows(stat, person, 0o2)) return undefined;
  return `${person.name} may not write to ${socket} (${modeOf(stat)}): chmod-socket = 666, or chown-socket = :${person.name} with chmod-socket = 660`;
}

function shutAbove(file: string, person: Person): string | undefined {
  const above: string[] = [];
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    above.unshift(at);
    if (at === path.dirname(at)) break;
  }
  for (const directory of above) {
    const stat = statOf(directory);
    if (stat === undefined || stat === "denied") return undefined;
    if (!allows(stat, person, 0o1))
      return `${person.name} may not pass through ${directory} (${modeOf(stat)}): chmod o+x ${directory}`;
  }
  return undefined;
}

/** @param bit of one octal digit: 1 to pass, 2 to write */
function allows(stat: Stats, { uid, gids }: Person, bit: number): boolean {
  const shift = stat.uid === uid ? 6 : gids.includes(stat.gid) ? 3 : 0;
  return ((stat.mode >> shift) & bit) !== 0;
}

function modeOf({ mode, uid, gid }: Stats): string {
  return `mode ${(mode & 0o7777).toString(8)}, owner ${uid}:${gid}`;
}

function statOf(file: string): Stats | "denied" | undefined {
  try {
    return statSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "denied" : undefined;
  }
}
