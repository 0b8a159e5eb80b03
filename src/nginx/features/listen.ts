import { feature } from "../feature.ts";
import { readBoolean, wanted } from "../setting-values.ts";

interface Listening {
  /** The words of each `listen`, the address first. */
  listen: string[][];
  ipv6: boolean;
  serverNames: string[];
}

/** Where NGINX listens and the names it answers to. */
export const listen = feature<Listening>({
  settings: {
    listen: {
      text: "Where NGINX listens, in its own words; may be repeated. A bare port listens on IPv4 and IPv6. Default: 5000 default_server.",
      read: (value, into) => into.listen.push(readListen(value)),
    },
    ipv6: {
      text: "Whether a bare port listens on IPv6 too. Default: true.",
      read: (value, into) => {
        into.ipv6 = readBoolean(value);
      },
    },
    "server-name": {
      text: "The names the site answers to, with spaces between them; may be repeated. Default: _ (any).",
      read: (value, into) => into.serverNames.push(...readServerNames(value)),
    },
  },
  begin: () => ({ listen: [], ipv6: true, serverNames: [] }),
  add(said, draft) {
    const words = said.listen.length > 0 ? said.listen : [["5000", "default_server"]];
    draft.listenGiven = said.listen.length > 0;
    draft.ipv6 = draft.input.hasIpv6 && said.ipv6;
    draft.listen = draft.ipv6 ? withIpv6(words) : words;
    draft.serverNames = said.serverNames.length > 0 ? said.serverNames : ["_"];
  },
});

/** `listen 5000` is IPv4 alone, and localhost is ::1 to many a client. */
export function withIpv6(listen: readonly (readonly string[])[]): (readonly string[])[] {
  const addresses = new Set(listen.map(([address]) => address));
  return listen.flatMap((words) => {
    const [address = "", ...flags] = words;
    const twin = `[::]:${address}`;
    return /^\d+$/.test(address) && !addresses.has(twin) ? [words, [twin, ...flags]] : [words];
  });
}

export function readListen(value: string): string[] {
  const [first = "", ...flags] = value.split(/\s+/);
  const port = /^(?::|(?:\*|[\w.-]+|\[[\da-fA-F:.]+\]):)?(\d+)$/.exec(first)?.[1];
  const named = /^(?:[A-Za-z\d][\w.-]*|\[[\da-fA-F:.]+\]|unix:\/[^$;{}"'\\]+)$/.test(first);
  const fits = port === undefined ? named : Number(port) >= 1 && Number(port) <= 65535;
  const bad = flags.find((flag) => !/^[a-z][a-z\d_]*(?:=[\w.:%+-]+)?$/.test(flag));
  if (!fits || bad !== undefined)
    throw wanted("what NGINX's listen takes, such as 80, 5000 default_server or 127.0.0.1:8080", value);
  // uWSGI writes ":5000" where NGINX writes "5000".
  return [first.replace(/^:/, ""), ...flags];
}

function readServerNames(value: string): string[] {
  const names = value.split(/\s+/);
  // A name starting with ~ is a regular expression, and is quoted when it is printed.
  const bad = names.find((name) => !/^(?:~\S+|[\w.*\-[\]:]+)$/.test(name));
  if (bad !== undefined) throw wanted("host names, such as example.com *.example.com", value);
  return names;
}
