import type { SiteDraft } from "../draft.ts";
import { feature } from "../feature.ts";
import { readSender, type Sender, senderVariable } from "../sender.ts";
import { readCount, readWords, scoped, wanted } from "../setting-values.ts";

/** Whom a limit counts: clients by address, or by something that they send. */
type By = "ip" | Sender;

interface Rate {
  readonly path: string;
  readonly count: number;
  readonly per: "s" | "m";
  /** Requests that may come at once, beyond the rate. */
  readonly burst: number;
  /** Whether those wait for their turn, or are answered at once. */
  readonly waits: boolean;
  readonly by: By;
}

interface Connections {
  readonly path: string;
  readonly count: number;
  readonly by: By;
}

/** About 8,000 clients for each megabyte; the one not seen for longest makes room. */
const ZONE_SIZE = "10m";

/** How much each client may ask for; what is above it gets 429. */
export const throttle = feature<{ rates: Rate[]; connections: Connections[] }>({
  settings: {
    throttle: {
      text: "[/path] RATE [burst=N] [wait=yes] [by=ip | by=header:NAME | by=cookie:NAME]: requests that each client may make, such as 10r/s or 5r/m, beside what is said for the paths above; more get 429 with Retry-After. burst: so many may come at once (default: the number of the rate), and with wait=yes they are held back to the rate. Clients are told apart by address (IPv6 by network), or by a field or cookie, and by address where that is missing. May be repeated.",
      read(value, { rates }) {
        const { path, words } = scoped(value);
        const { plain, last } = readWords(words, ["burst", "wait", "by"], value);
        const [, count, per] = /^([1-9]\d{0,5})r\/([sm])$/.exec(plain[0] ?? "") ?? [];
        if (count === undefined || (per !== "s" && per !== "m") || plain.length > 1)
          throw wanted("[/path] and a rate such as 10r/s or 5r/m", value);
        const burst = last("burst");
        if (burst !== undefined && !/^\d{1,6}$/.test(burst)) throw wanted("burst=N, 0 or more", value);
        const wait = last("wait") ?? "no";
        if (wait !== "yes" && wait !== "no") throw wanted("wait=yes or wait=no", value);
        rates.push({
          path,
          count: Number(count),
          per,
          burst: burst === undefined ? Number(count) : Number(burst),
          waits: wait === "yes",
          by: readBy(last("by")),
        });
      },
    },
    connections: {
      text: "[/path] N [by=…, as for throttle]: requests that each client may have under way at once, beside what is said for the paths above; more get 429. May be repeated.",
      read(value, { connections }) {
        const { path, words } = scoped(value);
        const { plain, last } = readWords(words, ["by"], value);
        if (plain.length !== 1) throw wanted("[/path] and a number", value);
        connections.push({ path, count: readCount(plain[0]!), by: readBy(last("by")) });
      },
    },
  },
  begin: () => ({ rates: [], connections: [] }),
  add({ rates, connections }, draft) {
    if (rates.length + connections.length === 0) return;
    draft.pathsMatter = true;
    for (const [i, rate] of rates.entries()) addRate(draft, rate, i);
    for (const { path, count, by } of connections) {
      const key = keyVariable(draft, by);
      const zone = draft.name("conn", `${path} ${key}`);
      draft.addMap([`limit_conn_zone ${key} zone=${zone}:${ZONE_SIZE};`]);
      draft.at(path).add("connections", [`limit_conn ${zone} ${count};`]);
    }
    if (connections.length > 0) draft.at("").add("connections status", ["limit_conn_status 429;"]);
    if (rates.length > 0) draft.at("").add("throttle status", ["limit_req_status 429;"]);
    for (const path of new Set([...rates, ...connections].map((rule) => rule.path)))
      retryAfter(draft, path, rates);
  },
});

function readBy(text: string | undefined): By {
  return text === undefined || text === "ip" ? "ip" : readSender(text);
}

function addRate(draft: SiteDraft, { path, count, per, burst, waits, by }: Rate, at: number): void {
  const zone = draft.name("rate", String(at));
  draft.addMap([`limit_req_zone ${keyVariable(draft, by)} zone=${zone}:${ZONE_SIZE} rate=${count}r/${per};`]);
  const extra = burst === 0 ? "" : ` burst=${burst}${waits ? "" : " nodelay"}`;
  draft.at(path).add("throttle", [`limit_req zone=${zone}${extra};`]);
}

/** NGINX does not count a request whose key is empty, so one without the field counts by address. */
function keyVariable(draft: SiteDraft, by: By): string {
  const client = `$${draft.name("client")}`;
  draft.addMap([
    "# A client's address; of IPv6 the network, since a client has all of its addresses.",
    `map $remote_addr ${client} {`,
    "    default $binary_remote_addr;",
    '    "~*^::ffff:" $remote_addr;',
    '    "~*^((?:[\\da-f]+:){4})" $1;',
    '    "~*^((?:[\\da-f]+:){1,3}):" $1;',
    "}",
  ]);
  if (by === "ip") return client;
  const sent = senderVariable(draft, by);
  const key = `$${draft.name("key", sent)}`;
  draft.addMap([`map ${sent} ${key} {`, `    default ${sent};`, `    ""      ${client};`, "}"]);
  return key;
}

/** Answers that NGINX refuses with 429 say when to come again; an app's own 429 says it itself. */
function retryAfter(draft: SiteDraft, path: string, rates: readonly Rate[]): void {
  const here = rates.filter((rate) => rate.path === path);
  const wait = Math.max(1, ...here.map(({ count, per }) => Math.ceil((per === "m" ? 60 : 1) / count)));
  const variable = `$${draft.name("retry", String(wait))}`;
  draft.addMap([
    `map "$status:$upstream_status" ${variable} {`,
    '    default "";',
    `    "429:"  ${wait};`,
    "}",
  ]);
  draft.at(path).headers.set("Retry-After", `${variable} always`);
}
