import { blockOf } from "../block.ts";
import type { SiteDraft } from "../draft.ts";
import { feature } from "../feature.ts";
import { wanted } from "../setting-values.ts";
import { SiteError } from "../site-error.ts";

/** What is answered to a Host that is none of the site's. */
export const otherHosts = feature<{ refuse: string | undefined }>({
  settings: {
    "other-hosts": {
      text: "refuse or serve: whether a request for a host that is not in server-name gets 421, and over TLS no certificate, or this site. Default: serve, where a listen is the default_server.",
      read(value, into, { where }) {
        if (value !== "refuse" && value !== "serve") throw wanted("refuse or serve", value);
        into.refuse = value === "refuse" ? where : undefined;
      },
    },
  },
  begin: () => ({ refuse: undefined }),
  add({ refuse }, draft) {
    if (refuse === undefined) return;
    if (draft.serverNames.includes("_"))
      throw new SiteError(`${refuse}it wants server-name, or every host is another's`);
    const isDefault = (word: string): boolean => word === "default_server" || word === "default";
    const listen = draft.listen;
    draft.listen = listen.map((words) => words.filter((word) => !isDefault(word)));
    draft.servers.push(refusal(draft, listen));
  },
});

function refusal({ serverNames }: SiteDraft, listen: readonly (readonly string[])[]): string[] {
  // What belongs to the socket is said by the site's own listen.
  const own = new Set(["ssl", "http2", "quic"]);
  const lines = listen.map(([address, ...words]) =>
    ["listen", address, ...words.filter((word) => own.has(word)), "default_server"].join(" "),
  );
  const secure = listen.some((words) => words.includes("ssl"));
  return [
    `# Whoever asks for another host than ${serverNames.join(" ")}.`,
    ...blockOf("server", [
      [...lines.map((line) => `${line};`), "server_name _;"],
      [...(secure ? ["ssl_reject_handshake on;"] : []), "return 421;"],
    ]),
  ];
}
