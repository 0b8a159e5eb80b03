import { isIP } from "node:net";
import { columns } from "../columns.ts";
import { feature } from "../feature.ts";
import { readWords, wanted, wordsOf } from "../setting-values.ts";

interface Trusted {
  addresses: readonly string[];
  /** The field in which it names its client. */
  field: string;
  /** The field in which it says http or https; undefined: it does not. */
  scheme: string | undefined;
}

/** The client's own address behind a load balancer. */
export const realIp = feature<{ trusted: Trusted | undefined }>({
  settings: {
    "real-ip": {
      text: "ADDRESS… [header=X-Forwarded-For] [scheme=X-Forwarded-Proto]: load balancers whose word is taken on who the client is, as addresses and networks, or unix: for all that come over a socket. With scheme= also on whether the client came by https. Nobody else's word is.",
      read(value, into) {
        const { plain, last } = readWords(wordsOf(value), ["header", "scheme"], value);
        const field = last("header") ?? "X-Forwarded-For";
        const scheme = last("scheme");
        if (plain.length === 0 || !plain.every((text) => text === "unix:" || isNetwork(text)))
          throw wanted("addresses and networks, such as 10.0.0.0/8", value);
        for (const name of [field, scheme ?? "X"])
          if (!/^[A-Za-z][A-Za-z\d-]*$/.test(name)) throw wanted("the name of a header field", name);
        into.trusted = { addresses: plain, field, scheme };
      },
    },
  },
  begin: () => ({ trusted: undefined }),
  add({ trusted }, draft) {
    if (trusted === undefined) return;
    if (!draft.input.nginx.modules.has("http_realip")) {
      draft.leaveOut("real-ip", "this NGINX was built without its realip module");
      return;
    }
    draft.server.push([
      "# Behind these the client is who they say, read from the right up to the first that is none of them.",
      ...trusted.addresses.map((address) => `set_real_ip_from ${address};`),
      `real_ip_header ${trusted.field};`,
      "real_ip_recursive on;",
    ]);
    if (trusted.scheme === undefined) return;
    const [from, scheme, https] = ["lb", "scheme", "https"].map((name) => `$${draft.name(name)}`);
    const sent = `$http_${trusted.scheme.toLowerCase().replaceAll("-", "_")}`;
    draft.http.push(
      [
        `geo $realip_remote_addr ${from} {`,
        ...columns([
          ["    default", '"";'],
          ...trusted.addresses.map((address): [string, string] => [`    ${address}`, "trusted;"]),
        ]),
        "}",
      ],
      [
        "# The scheme that the client used, in the load balancer's words.",
        `map "${from}:${sent}" ${scheme} {`,
        "    default         $scheme;",
        '    "trusted:https" https;',
        '    "trusted:http"  http;',
        "}",
      ],
      [`map ${scheme} ${https} {`, '    default "";', "    https   on;", "}"],
    );
    const whole = draft.at("");
    whole.fields.set("X-Forwarded-Proto", scheme!);
    whole.variables.set("REQUEST_SCHEME", scheme!);
    whole.variables.set("HTTPS", `${https} if_not_empty`);
  },
});

/** "10.0.0.0/8", "::1", "2001:db8::/32" */
export function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
