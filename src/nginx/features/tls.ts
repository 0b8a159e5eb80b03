import path from "node:path";
import { isAtLeast } from "../capabilities.ts";
import type { SiteDraft } from "../draft.ts";
import { feature } from "../feature.ts";
import { selfSignedPair } from "../made-files.ts";
import { quote } from "../quote.ts";
import { readBoolean, readTime, refuseVariables, seconds, wanted, wordsOf } from "../setting-values.ts";
import { SiteError } from "../site-error.ts";
import { type Acme, challengeLocation, issuedPair, readAcme } from "./acme.ts";
import { type AcmeModule, modulePair, readAcmeModule } from "./acme-module.ts";
import { withIpv6 } from "./listen.ts";
import { type Ocsp, readOcsp, stapling } from "./ocsp.ts";
import { redirectOf, redirectServer } from "./redirect-https.ts";
import type { KeyPair } from "./tls-pair.ts";
import { portOf } from "./tls-port.ts";

interface Tls {
  readonly pairs: KeyPair[];
  selfSigned: boolean;
  acme: Acme | undefined;
  acmeModule: AcmeModule | undefined;
  /** Seconds, and what stands behind; undefined: nothing is said. */
  hsts: string | undefined;
  http2: boolean;
  http3: boolean;
  ocsp: Ocsp;
  /** The port of plain HTTP; 0: none; undefined: 80 beside 443. */
  redirect: number | undefined;
}

/** Mozilla's intermediate list (ssl-config.mozilla.org, guideline 5.7); TLS 1.3 chooses its own. */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/** TLS: certificates, HTTP/2 and HTTP/3, and that nobody comes without. */
export const tls = feature<Tls>({
  settings: {
    tls: {
      text: "CERTIFICATE KEY: PEM files, the certificate with those between it and the root. Every listen speaks TLS then, and the default is 443 instead of 5000. May be repeated, for an RSA and an ECDSA pair.",
      read(value, { pairs }, { chdir }) {
        const [certificate, key, ...more] = wordsOf(value);
        if (certificate === undefined || key === undefined || more.length > 0)
          throw wanted("a certificate's file and its key's", value);
        const [first, second] = [certificate, key].map((file) => refuseVariables(path.resolve(chdir, file)));
        pairs.push({ certificate: first!, key: second! });
      },
    },
    "self-signed": {
      text: "true: a certificate of the site's own, for development; browsers warn of it. It is made where there is none.",
      read: (value, into) => {
        into.selfSigned = readBoolean(value);
      },
    },
    acme: {
      text: "certbot [webroot=DIR] or lego [webroot=DIR] path=DIR: a certificate that this client fetches; its challenge is answered from webroot (default: a folder of Portico's). Until it is there the site speaks plain HTTP, and what to run is said. Or nginx [email=ADDRESS] [resolver=ADDRESS] [uri=https://…]: NGINX's own module (1.25 and newer, where it is loaded) fetches and renews it, and the authority's terms are accepted; it needs port 80 and a resolver.",
      read: (value, into, { chdir, where }) => {
        into.acmeModule = readAcmeModule(value, where);
        into.acme = into.acmeModule === undefined ? readAcme(value, chdir) : undefined;
      },
    },
    hsts: {
      text: "TIME [subdomains] [preload]: browsers come by https alone for that long, such as 365d.",
      read: (value, into) => {
        into.hsts = readHsts(value);
      },
    },
    http2: {
      text: "Whether HTTP/2 is spoken over TLS. Default: true.",
      read: (value, into) => {
        into.http2 = readBoolean(value);
      },
    },
    http3: {
      text: "Whether HTTP/3 is spoken (UDP) where this NGINX can (1.25). Default: false.",
      read: (value, into) => {
        into.http3 = readBoolean(value);
      },
    },
    ocsp: {
      text: "true or FILE: the word of the certificate's authority, that it is still good, is fetched and sent along; FILE has the authority's root in PEM where the machine does not know it. Default: false; Let's Encrypt no longer gives any.",
      read: (value, into, { chdir }) => {
        into.ocsp = readOcsp(value, chdir);
      },
    },
    "redirect-https": {
      text: "PORT or false: where plain HTTP is listened to and sent on to https. Default: 80 where the site listens on 443.",
      read(value, into) {
        if (/^(?:false|no|off)$/i.test(value)) into.redirect = 0;
        else if (/^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65536)
          into.redirect = Number(value);
        else throw wanted("a port such as 80, or false", value);
      },
    },
  },
  begin: () => ({
    pairs: [],
    selfSigned: false,
    acme: undefined,
    acmeModule: undefined,
    hsts: undefined,
    http2: true,
    http3: false,
    ocsp: false,
    redirect: undefined,
  }),
  add(said, draft) {
    const pairs = keyPairs(said, draft);
    if (pairs.length === 0) {
      if (draft.clientAuthorities !== undefined)
        throw new SiteError("Cannot ask clients for certificates (client-certificate) without tls");
      return;
    }
    listenTls(said, draft);
    draft.server.push(tlsLines(said, draft, pairs));
    if (said.hsts !== undefined)
      draft.at("").headers.set("Strict-Transport-Security", `"${said.hsts}" always`);
    const challenge = said.acme === undefined ? [] : challengeLocation(draft, said.acme);
    draft.locations.push(...challenge);
    const redirect = redirectOf(draft, said.redirect);
    if (redirect !== undefined) redirectServer(draft, redirect, challenge);
    draft.tls = { pairs, authorities: draft.clientAuthorities, redirect };
  },
});

/** The value of Strict-Transport-Security. */
export function readHsts(value: string): string {
  const [time = "", ...words] = wordsOf(value);
  if (words.some((word) => word !== "subdomains" && word !== "preload"))
    throw wanted("a time, and subdomains or preload", value);
  const behind = [
    ...(words.includes("subdomains") ? ["; includeSubDomains"] : []),
    ...(words.includes("preload") ? ["; preload"] : []),
  ];
  return `max-age=${seconds(readTime(time))}${behind.join("")}`;
}

function keyPairs(said: Tls, draft: SiteDraft): KeyPair[] {
  if (said.pairs.length > 0) return said.pairs;
  if (said.acmeModule !== undefined) return [modulePair(draft, said.acmeModule)];
  if (said.acme !== undefined) {
    const found = issuedPair(draft, said.acme);
    if (found !== undefined) return [found];
    if (!said.selfSigned) {
      if (!draft.listenGiven) draft.listen = draft.ipv6 ? withIpv6([["80"]]) : [["80"]];
      draft.locations.push(...challengeLocation(draft, said.acme));
      return [];
    }
  }
  if (!said.selfSigned) return [];
  const pair = selfSignedPair(draft.input.stateFolder, draft.id);
  const names = draft.serverNames.filter((name) => /^(?:\*\.)?[\w.-]+$/.test(name) && name !== "_");
  draft.selfSigned = { ...pair, names: [...new Set([...names, "localhost"])] };
  return [pair];
}

/** Every listen speaks TLS, unless some are said to and others not. */
function listenTls({ http2, http3 }: Tls, draft: SiteDraft): void {
  const { nginx } = draft.input;
  if (!draft.listenGiven)
    draft.listen = draft.ipv6 ? withIpv6([["443", "default_server"]]) : [["443", "default_server"]];
  const chosen = draft.listen.some((words) => words.includes("ssl"));
  const canHttp2 = nginx.modules.has("http_v2");
  if (http2 && !canHttp2) draft.leaveOut("http2", "this NGINX was built without its v2 module");
  const asDirective = isAtLeast(nginx.version, "1.25.1");
  draft.listen = draft.listen.flatMap((words) => {
    const [address = "", ...flags] = words;
    const secure = chosen ? flags.includes("ssl") : !flags.includes("quic");
    if (!secure) return [words];
    const wanted = ["ssl", ...(http2 && canHttp2 && !asDirective ? ["http2"] : [])];
    return [[address, ...wanted, ...flags.filter((flag) => !wanted.includes(flag))]];
  });
  if (http2 && canHttp2 && asDirective) draft.server.push(["http2 on;"]);
  if (http3) addHttp3(draft);
}

function addHttp3(draft: SiteDraft): void {
  const { version, modules } = draft.input.nginx;
  if (!isAtLeast(version, "1.25.0") || !modules.has("http_v3")) {
    draft.leaveOut("http3", `it wants NGINX 1.25 or newer with its v3 module, and this is ${version}`);
    return;
  }
  const secure = draft.listen.filter((words) => words.includes("ssl"));
  // One site of a machine alone may say reuseport for a port: others say how they listen themselves.
  if (!draft.listen.some((words) => words.includes("quic")))
    draft.listen = [
      ...draft.listen,
      ...secure.map(([address = "", ...flags]) => [
        address,
        "quic",
        "reuseport",
        ...flags.filter((flag) => flag === "default_server"),
      ]),
    ];
  const ports = secure.map(([address = ""]) => portOf(address));
  if (ports.some((port) => port !== 443)) namePort(draft);
  const port = ports[0] ?? 443;
  draft.at("").headers.set("Alt-Svc", `'h3=":${port}"; ma=86400'`);
}

/** Whoever asks for example.com:8443 is asked about that host, and not about the one on 443. */
function namePort({ id, http, hostMap }: SiteDraft): void {
  http.push([
    "# Of HTTP/3 NGINX knows the host without its port.",
    `map $http3 $${id}_http3_port {`,
    '    default "";',
    '    h3      ":$server_port";',
    "}",
  ]);
  hostMap.splice(-1, 0, `    "~^[^/]+/$"                 $host$${id}_http3_port;`);
}

function tlsLines(said: Tls, draft: SiteDraft, pairs: readonly KeyPair[]): string[] {
  return [
    ...pairs.flatMap(({ certificate, key }) => [
      `ssl_certificate ${quote(certificate)};`,
      `ssl_certificate_key ${quote(key)};`,
    ]),
    // The module's pair is text, which would be read anew in each handshake.
    ...(said.acmeModule !== undefined && isAtLeast(draft.input.nginx.version, "1.27.4")
      ? ["ssl_certificate_cache max=2;"]
      : []),
    "ssl_protocols TLSv1.2 TLSv1.3;",
    `ssl_ciphers ${quote(CIPHERS.join(":"))};`,
    "ssl_prefer_server_ciphers off;  # all of them are good: the client knows which is fast for it",
    `ssl_session_cache shared:${draft.id}_tls:10m;  # about 40,000 sessions`,
    "ssl_session_timeout 1d;",
    "ssl_session_tickets off;  # their keys would live as long as NGINX",
    ...stapling(said.ocsp, draft),
    ...(draft.clientAuthorities === undefined
      ? []
      : [
          `ssl_client_certificate ${quote(draft.clientAuthorities)};`,
          "ssl_verify_client optional;  # where one is wanted is said by path",
        ]),
  ];
}
