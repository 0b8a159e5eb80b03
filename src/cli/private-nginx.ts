import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ListenError } from "../listener/listen-error.ts";
import { type Companion, CompanionError } from "../master/companion.ts";
import { privatePlaces } from "../nginx/private/places.ts";
import { ListenRefusedError, PrivateNginx } from "../nginx/private/private-nginx.ts";
import { findNginx } from "../nginx/system.ts";
import type { Config } from "../options/config.ts";
import { type Program, UsageError } from "./program.ts";
import { preparedSite, siteOf } from "./site.ts";
import { siteAddress, siteUrl } from "./site-address.ts";

/** The NGINX of its own that an instance is to have in front; none where `nginx` says otherwise. */
export function companionsOf(config: Config, program: Program): Companion[] {
  return config.nginx === "private" ? [privateNginx(config, program)] : [];
}

/** @throws UsageError, SiteError where there can be none */
function privateNginx(first: Config, program: Program): Companion {
  const machine = findNginx({ searchPath: program.env["PATH"] ?? "" });
  if (!machine)
    throw new UsageError(
      "nginx = private needs NGINX, which is not installed: sudo apt-get install nginx; or set nginx = off",
    );
  const root = process.getuid!() === 0;
  const places = privatePlaces(first.chdir, root ? closedTo(first.chdir) : undefined);
  const nginx = new PrivateNginx(machine, places, root ? userOf(first, machine.user) : undefined);
  const text = async (config: Config): Promise<string> => (await preparedSite(config, program, machine)).text;
  let config = first;
  let site: string | undefined;
  assertNotOurs(first, siteAddress(first, program, machine).port);

  return {
    name: "nginx",
    place: "front",
    stopSignal: "SIGQUIT",
    reopenSignal: "SIGUSR1",
    async prepare() {
      site ??= await text(config);
      return { ...(await nginx.prepare(site, config.workerReloadMercy)), cwd: places.directory };
    },
    ready: (exited) =>
      nginx.ready(exited).catch((error: unknown) => {
        throw error instanceof ListenRefusedError
          ? new ListenError(`Cannot start the private NGINX: ${error.message}`, { cause: error })
          : new CompanionError((error as Error).message, { cause: error });
      }),
    async reload(after) {
      const wanted = await text(after);
      const apply = await nginx.change(wanted, after.workerReloadMercy);
      return (
        apply &&
        (async () => {
          await apply();
          site = wanted;
          config = after;
        })
      );
    },
    listeners: () => [
      `nginx ${siteOf(config, program)
        .listen.map(([address]) => address)
        .join(", ")}`,
    ],
    url: () => siteUrl(siteAddress(config, program, machine)),
  };
}

/** @throws UsageError where both want the same port: NGINX would only say that somebody has it */
function assertNotOurs(config: Config, port: number): void {
  const own = [
    ...config.httpSocket,
    ...config.httpsSocket.map(({ address }) => address),
    ...config.socket,
    ...config.fastcgiSocket,
  ];
  if (own.some((address) => address.kind === "tcp" && address.port === port))
    throw new UsageError(
      `The private NGINX and Portico itself would both listen on port ${port}: remove http-socket or https-socket, for NGINX reaches the workers by socket = ${config.name}.sock, or set another listen in [nginx]`,
    );
}

/** Root's NGINX hands its workers to the instance's user, or to the one that the machine's NGINX has. */
function userOf({ uid, gid }: Config, otherwise: string): { name: string; group: string } {
  const user = uid ?? otherwise;
  return {
    name: nameOf("user", user, "id", ["-un", "--", user]),
    // NGINX would take the group of the user's name, which on Debian "nobody" does not have.
    group:
      gid === undefined
        ? nameOf("group", user, "id", ["-gn", "--", user])
        : nameOf("group", gid, "getent", ["group", gid]),
  };
}

/** NGINX wants names where everything else takes numbers too. */
function nameOf(what: string, who: string, command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .trim()
      .replace(/:.*$/, "");
  } catch (error) {
    throw new UsageError(`nginx = private needs a ${what} that has a name on this machine: got ${who}`, {
      cause: error,
    });
  }
}

/** Where bodies on their way go when other users cannot come into the project: root's /run/portico. */
function closedTo(chdir: string): string | undefined {
  for (let at = chdir; ; at = dirname(at)) {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (stat && (stat.mode & 0o001) === 0)
      return join("/run/portico", `${createHash("sha256").update(chdir).digest("hex").slice(0, 8)}-nginx`);
    if (at === dirname(at)) return undefined;
  }
}
