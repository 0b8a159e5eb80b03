import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Debian 13's programs, laid out beside the machine's. */
export interface NewerNginx {
  /** NGINX 1.26. */
  readonly binary: string;
  /** The file of a dynamic module: "http_brotli_filter". */
  module(name: string): string;
  /** A client that speaks HTTP/3. */
  readonly curl: string;
}

const MAKE = join(import.meta.dirname, "../newer-nginx/make.sh");

/** Why tests with it cannot run; false where they can: on Debian, whose mirror has the packages. */
export const noNewerNginx: string | false =
  !existsSync("/usr/share/keyrings/debian-archive-keyring.gpg") && "needs Debian's apt";

let made: string | undefined;

/**
 * Made once for all test runs and kept in the user's cache folder. The first time takes a while: test.sh has it made
 * before the tests.
 * @throws Error with what apt said
 */
export function newerNginx(): NewerNginx {
  if (made === undefined) {
    const { stdout, stderr, status, error } = spawnSync(MAKE, { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot lay out Debian 13's NGINX: ${error?.message ?? stderr}`);
    made = stdout.trim();
  }
  const root = made;
  return {
    binary: join(root, "usr/sbin/nginx"),
    module: (name) => join(root, `usr/lib/nginx/modules/ngx_${name}_module.so`),
    curl: join(root, "usr/bin/curl"),
  };
}
