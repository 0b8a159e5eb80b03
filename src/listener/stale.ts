import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { ListenError } from "./listen-error.ts";

/**
 * Makes way for a unix socket at `path`: removes the file that a dead server left there.
 * @throws ListenError where something lives behind it, or it is no socket at all.
 */
export async function clearStaleSocket(path: string): Promise<void> {
  let stat: ReturnType<typeof lstatSync>;
  try {
    stat = lstatSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new ListenError(`Cannot listen on ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (!stat?.isSocket())
    throw new ListenError(
      `Cannot listen on ${path}: a file that is no socket is there; remove it, or choose another path`,
    );
  if (await answers(path))
    throw new ListenError(`Cannot listen on ${path}: a server that is alive listens there; stop it first`);
  try {
    unlinkSync(path);
  } catch (error) {
    throw new ListenError(`Cannot take over the stale socket ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Only a refused connection tells that nobody is there: a full backlog (EAGAIN) is a sign of life. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
