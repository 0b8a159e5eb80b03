import { resolve } from "node:path";
import { personOf } from "../nginx/check/reach.ts";
import { setPassword, whyNotUser } from "../nginx/password-file.ts";
import { hashPassword, NoHasherError } from "../nginx/password-hash.ts";
import { findNginx } from "../nginx/system.ts";
import { askPassword, passwordFromStdin } from "./ask-password.ts";
import { type Program, UsageError } from "./program.ts";

const USAGE = "portico nginx passwd FILE USER [--stdin | --delete]";

/** `portico nginx passwd FILE USER`: who may ask, for `auth_basic`; the password is asked for, or comes on stdin. */
export async function nginxPasswd(argv: readonly string[], program: Program): Promise<number> {
  const flags = argv.filter((argument) => argument.startsWith("--"));
  const [name, user, ...more] = argv.filter((argument) => !argument.startsWith("--"));
  const unknown = flags.find((flag) => flag !== "--stdin" && flag !== "--delete");
  if (more.length > 0)
    throw new UsageError(
      `${USAGE}: a password is never an argument, which everybody on this machine can see`,
    );
  if (unknown !== undefined || name === undefined || user === undefined || flags.length > 1)
    throw new UsageError(`Expected ${USAGE}${unknown === undefined ? "" : `: got ${unknown}`}`);
  const why = whyNotUser(user);
  if (why !== undefined) throw new UsageError(`Cannot name a user ${JSON.stringify(user)}: ${why}`);
  const file = resolve(program.cwd, name);
  try {
    if (flags.includes("--delete")) {
      if (setPassword(file, user, undefined) === "unknown")
        throw new UsageError(`Cannot remove ${user}: ${file} has no such user`);
      program.out(`${user} is removed from ${file}\n`);
      return 0;
    }
    const password = flags.includes("--stdin")
      ? await passwordFromStdin(process.stdin)
      : await askPassword(user);
    const hash = await hashPassword(password, program.env);
    const did = setPassword(file, user, hash, nginxGroup(program));
    program.out(`${user} is ${did === "added" ? "added to" : "changed in"} ${file}\n`);
    return 0;
  } catch (error) {
    if (error instanceof NoHasherError) throw new UsageError(error.message, { cause: error });
    if (error instanceof Error && "syscall" in error)
      throw new UsageError(`Cannot write ${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Root's file is to be readable for NGINX's workers. */
function nginxGroup(program: Program): number | undefined {
  if (process.getuid!() !== 0) return undefined;
  const nginx = findNginx({ searchPath: program.env["PATH"] ?? "" });
  return nginx === undefined ? undefined : personOf(nginx.user)?.gids[0];
}
