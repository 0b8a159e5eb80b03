import { blockOf } from "../block.ts";
import type { SiteDraft } from "../draft.ts";
import { quote } from "../quote.ts";
import { withIpv6 } from "./listen.ts";
import type { Redirect } from "./tls-pair.ts";
import { portOf } from "./tls-port.ts";

/** @param port 0: none; undefined: 80 where the site is on 443 and nowhere on 80 */
export function redirectOf(draft: SiteDraft, port: number | undefined): Redirect | undefined {
  const ports = draft.listen
    .filter((words) => words.includes("ssl"))
    .map(([address = ""]) => portOf(address));
  const taken = draft.listen.some((words) => !words.includes("ssl") && portOf(words[0]!) === 80);
  const from = port ?? (ports.includes(443) && !taken ? 80 : 0);
  if (from === 0) return undefined;
  return { from, to: ports.includes(443) || ports[0] === undefined ? "" : `:${ports[0]}` };
}

/**
 * A server that sends plain HTTP on to https.
 * @param before locations that are answered as they are
 */
export function redirectServer(
  draft: SiteDraft,
  { from, to }: Redirect,
  before: readonly (readonly string[])[],
): void {
  const secure = draft.listen.filter((words) => words.includes("ssl"));
  const isDefault = secure.some((words) => words.includes("default_server"));
  const plain = [[String(from), ...(isDefault ? ["default_server"] : [])]];
  draft.servers.push(
    blockOf("server", [
      [
        ...(draft.ipv6 ? withIpv6(plain) : plain).map((words) => `listen ${words.join(" ")};`),
        `server_name ${draft.serverNames.map(quote).join(" ")};`,
      ],
      ...before,
      blockOf("location /", [
        // 308: what was posted stays posted.
        [`return 308 https://$host${to}$request_uri;`],
      ]),
    ]),
  );
}
