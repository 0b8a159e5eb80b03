import type { SiteDraft } from "./draft.ts";
import { wanted } from "./setting-values.ts";

/** Something in a request that tells who sent it. */
export interface Sender {
  readonly kind: "cookie" | "header";
  readonly name: string;
}

/** `cookie:NAME` or `header:NAME`, as settings name it. */
export function readSender(text: string): Sender {
  const [, kind, name] = /^(cookie|header):([\w.-]{1,64})$/.exec(text) ?? [];
  if ((kind !== "cookie" && kind !== "header") || name === undefined)
    throw wanted("cookie:NAME or header:NAME", text);
  return { kind, name };
}

/** NGINX's variable for it; "" where the request has none. */
export function senderVariable(draft: SiteDraft, { kind, name }: Sender): string {
  if (kind === "header") return `$http_${name.toLowerCase().replace(/[.-]/g, "_")}`;
  if (/^\w+$/.test(name)) return `$cookie_${name}`;
  // $cookie_NAME takes letters, digits and underscores only, and Express's is connect.sid.
  const variable = `$${draft.name("cookie", name)}`;
  draft.addMap([
    `map $http_cookie ${variable} {`,
    '    default "";',
    `    "~(?:^|;)[ ]*${name.replaceAll(".", "\\.")}=([^;]+)" $1;`,
    "}",
  ]);
  return variable;
}
