import { execFileSync } from "node:child_process";

/** Who workers run as. */
export interface Credentials {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** The master's own: a front binds ports, and gives its workers fewer rights by itself. */
export const SAME_USER: Credentials = { uid: undefined, gid: undefined };

export class UserError extends Error {}

/**
 * The user and group that `uid` and `gid` name, as numbers. A user without a group brings the primary
 * group along: uWSGI would leave such workers in root's.
 * @throws UserError for a name that this machine does not know, or where only root could change to it.
 */
export function credentials(uid: string | undefined, gid: string | undefined): Credentials {
  if (uid === undefined && gid === undefined) return { uid: undefined, gid: undefined };
  const user = uid === undefined ? undefined : userId(uid);
  const group = gid === undefined ? (uid === undefined ? undefined : primaryGroup(uid)) : groupId(gid);
  if (process.getuid!() !== 0) {
    const same =
      (user === undefined || user === process.getuid!()) &&
      (group === undefined || group === process.getgid!());
    if (!same)
      throw new UserError(
        `Cannot run workers as ${uid ?? ""}:${gid ?? ""}: only root may; start as root, or remove uid and gid`,
      );
    return { uid: undefined, gid: undefined };
  }
  return { uid: user, gid: group };
}

/** Whom a socket is to belong to; undefined: as it is. @throws UserError for a name that is not known */
export function ownerOf(
  asked: { user?: string | undefined; group?: string | undefined } | undefined,
): Credentials {
  return {
    uid: asked?.user === undefined ? undefined : userId(asked.user),
    gid: asked?.group === undefined ? undefined : groupId(asked.group),
  };
}

function userId(name: string): number {
  return /^\d+$/.test(name) ? Number(name) : lookUp("id", ["-u", "--", name], `user "${name}"`);
}

function groupId(name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const line = run("getent", ["group", name]);
  const id = line?.split(":")[2];
  if (id === undefined) throw new UserError(`Cannot find the group "${name}" on this machine`);
  return Number(id);
}

function primaryGroup(name: string): number | undefined {
  const id = run("id", ["-g", "--", name]);
  // A number that belongs to no user is fine: its group is then the same number.
  return id === undefined ? (/^\d+$/.test(name) ? Number(name) : undefined) : Number(id);
}

function lookUp(command: string, args: string[], what: string): number {
  const id = run(command, args);
  if (id === undefined) throw new UserError(`Cannot find the ${what} on this machine`);
  return Number(id);
}

function run(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
