import { USUAL_CAPABILITIES } from "../../src/nginx/capabilities.ts";
import { NOTHING_FOUND } from "../../src/nginx/found/found.ts";
import { FEATURES } from "../../src/nginx/settings.ts";
import { createSite, type Site } from "../../src/nginx/site.ts";
import { type Example, sections } from "./nginx-examples.ts";

/** The text of docs/nginx.md: what each line of `[nginx]` makes of the site, as the generator makes it. */
export function nginxPage(): string {
  return [introduction, ...sections.map(section), withoutNginx, reference()].join("\n");
}

const introduction = `<!-- Written by scripts/pages.ts from scripts/pages/nginx-examples.ts and src/nginx/features: edit those. -->

# The site in front

Portico writes the NGINX site of an app from the ini's \`[nginx]\` section, which uWSGI passes over. This page
shows, feature by feature, the lines of the ini and what they add to the site. \`portico nginx print hello.ini\`
shows the whole site, \`portico nginx test\` has the real NGINX read it, \`portico up\` or \`portico nginx install\`
puts it in force. To go on by hand, keep what \`print\` says under another name.

All settings by path have one form: \`/path\` first, for that path and all below it (\`/api\` is \`/api\` and
\`/api/x\`, not \`/apix\`, and \`/API\` too), or no path for the whole site; then words. What is said for a path
holds below it: limits add up, of everything else the nearest counts. Relative files are taken from \`chdir\`.
What the NGINX at hand cannot do is left out, with a comment in the site and a word on stderr.

Where a line depends on paths, requests whose path NGINX and the app may take for different ones are refused
with 400: with \`..\` in them, however it is written, or a backslash. NGINX decides by the path as it resolves
it and passes on the path as it was sent; no browser sends such a path.
`;

const withoutNginx = `## Without NGINX

Where nobody stands in front, the listeners for HTTP on TCP (\`http-socket\`, \`https-socket\`) keep a part of
\`[nginx]\` by themselves. The same lines give the same answers; requests that come through a web server, over
unix sockets, uwsgi or FastCGI, are not asked again.

- \`throttle\`, all of it. Requests are counted in memory that the workers share, so a rate holds for the whole
  instance, and a reload forgets nothing. What two workers count in the same microseconds may be counted as
  one. There is room for 65,536 clients; those not seen for longest make room.
- \`auth = basic\` and \`off\`, \`access\`, \`satisfy\`. The file has to be readable by the workers' user. Of the
  hashes in it those of \`openssl passwd -6\`, \`-5\`, \`-apr1\` and \`-1\`, {SSHA}, {SHA} and {PLAIN} are verified;
  the user of another (bcrypt, yescrypt) is not let in, and the log says so. A client that gets ten passwords
  wrong has to wait (429), six seconds for each more; NGINX alone lets it go on.
- \`real-ip\` with X-Forwarded-For: as \`trusted-peers\`, which has loopback in it at all times. The word of such
  a balancer on http or https is taken as well.
- \`static\`, \`app\`, \`favicon\`, \`robots\`, all of them. Two things differ: a link that leads out of its directory is
  not followed (\`static-safe\` lets it), and a packed sibling that is older than its file is not sent. Brotli and
  Zstandard siblings need no module. Types have \`charset=utf-8\` where they are text. The files have to be
  readable by the workers' user.
- \`headers\`, \`add-header\`, \`client-max-body-size\`, \`request-id\`; \`hsts\` for those who come by https. A trusted proxy
  that passes a request on (with X-Forwarded-For) has its own X-Request-ID taken.
- \`portico maintenance on\`, with \`maintenance-page\` and \`retry-after\`: within a tenth of a second all workers answer 503, with \`--page FILE\`
  by a page of this time, which NGINX does not have. The
  502 and 504 of an app that does not answer are plain.
- \`send-files\`: files that the app authorises are sent, with the same answers.
- Paths that may be taken for different ones are refused with 400, as above.

With \`nginx = off\` Portico also listens where NGINX would when the section has a certificate (\`tls\`, \`self-signed\`): every
\`listen\` speaks TLS, 443 by default, port 80 or \`redirect-https\` sends on to https, and \`client-certificate\` with
\`auth = certificate\` lets clients in by theirs. \`http-socket\` stays as it is beside it. It speaks HTTP/1.1; \`http2\` and \`http3\` are
NGINX's, so is the challenge of \`acme\`. Of a client certificate that no authority has signed the connection is closed, without NGINX's 400. A
reload takes up another certificate, a restart another \`listen\`. Without \`nginx = off\` there is
\`https-socket = :443,hello.crt,hello.key\`, and \`sni\` for several names.

\`auth = request\` only NGINX can ask: its paths are closed, with 403. All other settings have no effect here, and a line
in the log at the start names them. For compression there is \`http-auto-gzip\` (docs/options.md).

Where NGINX itself reaches Portico on an \`http-socket\` on TCP, both keep what is said: they count the same
clients with the same rates. A unix \`socket\` is faster, and asks once.
`;

function section({ title, text, examples }: (typeof sections)[number]): string {
  return [`## ${title}`, "", text.trim(), "", ...examples.map(shown)].join("\n");
}

function shown(example: Example): string {
  const { lines, text } = example;
  const ini = ["```ini", "[nginx]", ...lines.map(([name, value]) => `${name} = ${value}`), "```"];
  const site = ["```nginx", ...added(example), "```"];
  return [...(text === undefined ? [] : [text.trim(), ""]), ...ini, "", ...site, ""].join("\n");
}

/** The blocks that the site has for these lines and would not have without. */
function added(example: Example): string[] {
  const [without, site] = [siteOf({ lines: [] }), siteOf(example)];
  const more = (blocks: Site["http"], before: Site["http"]): string[][] => {
    const known = new Set(before.map(String));
    return blocks.filter((block) => !known.has(String(block))).map((block) => [...block]);
  };
  const listen =
    String(site.listen) === String(without.listen)
      ? []
      : [site.listen.map((words) => `listen ${words.join(" ")};`)];
  const server = [...listen, ...more(site.server, without.server)].map((block) =>
    block.map((line) => (line === "" ? "" : `    ${line}`)).join("\n"),
  );
  return [
    ...more(site.http, without.http).map((block) => block.join("\n")),
    ...(server.length === 0 ? [] : [`server {\n${server.join("\n\n")}\n}`]),
    ...site.others.map((block) => block.join("\n")),
  ]
    .join("\n\n")
    .split("\n");
}

function siteOf({ lines, found = NOTHING_FOUND }: Example): Site {
  return createSite({
    name: "hello",
    file: "hello.ini",
    chdir: "/var/www/app",
    settings: lines.map(([name, value]) => ({ name, value, origin: undefined })),
    upstream: { wire: "http", sockets: ["hello.1.sock"] },
    mounts: [],
    limitPost: 0,
    harakiri: 0,
    staticMap: [],
    found,
    hasIpv6: false,
    nginx: { ...USUAL_CAPABILITIES, version: "1.26.0" },
    runtimeFolder: "/run/portico",
    stateFolder: "/var/cache/portico/nginx",
    exists: () => true,
  });
}

function reference(): string {
  const entries = FEATURES.flatMap(({ settings }) => Object.entries(settings)).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    "## All settings",
    "",
    ...entries.map(([name, { text }]) => `- **\`${name}\`** — ${text.replace(/([*_<>])/g, "\\$1")}`),
    "",
  ].join("\n");
}
