import type { Found } from "../../src/nginx/found/found.ts";

/** Lines of `[nginx]`, to be shown with what they add to the site. */
export interface Example {
  readonly text?: string;
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** What is in the app, where that makes the site. */
  readonly found?: Found;
}

/** The sections of docs/nginx.md. */
export const sections: readonly {
  readonly title: string;
  readonly text: string;
  readonly examples: readonly Example[];
}[] = [
  {
    title: "Static files",
    text: `
NGINX serves what is on disk and passes on the rest. What has a dot in front (\`.env\`, \`.git\`) is never served,
but \`.well-known\` is. With \`expires\`, files with a hash of their content in the name are kept for a year without
asking again (\`app.3f9ac51b.js\`, Django's \`app.55e7cbb9ba48.css\`, Vite's \`assets/app-DiwrgTda.js\`); the others for
that time, or with \`auto\` they are asked for each time, which an unchanged file answers with 304.`,
    examples: [
      {
        lines: [
          ["static", "/static = public expires=auto precompressed=yes"],
          ["favicon", "public/favicon.ico"],
        ],
      },
      {
        text: "An app of one page, with its API in the workers:",
        lines: [
          ["static", "/ = dist fallback=index.html"],
          ["app", "/api"],
        ],
      },
      {
        text: `Files that the app authorises: it answers with \`context.sendFile("/private/report.pdf")\`, or the header
\`X-Accel-Redirect: /private/report.pdf\` (docs/gateway-interface.md), and NGINX sends the file. Nobody gets one
otherwise. Neither dot files nor links are sent. Where nobody stands in front Portico sends them itself.`,
        lines: [["send-files", "/private = /srv/reports"]],
      },
    ],
  },
  {
    title: "Found in the app",
    text: `
What the framework itself names as static files is served without a line. The site says where it was found,
\`portico up\` too, and a line of the ini for the same path counts instead: \`static\`, \`app\`, \`send-files\`,
\`static-map\`. What is not there is passed on to the app, as ever; guards, limits and headers of the path hold. What the
*app* asks before it gives out such a file, a login for instance, NGINX does not ask: say
\`app = /static\`, or \`static = off\` and nothing is looked for. \`portico dev\` looks for nothing: what was built last is not
what you are working on.

- **Django**: STATIC_ROOT at STATIC_URL. The project's settings are read by its own interpreter, in its environment and as the
  user of its workers, for ten seconds at most; DJANGO_SETTINGS_MODULE is named by the app's module, \`env\` or the
  environment. Where STATIC_ROOT is empty you are told that \`collectstatic\` is due. With a storage that puts hashes into
  names those are kept for a year, everything else is asked for each time. A directory in which the project itself
  lies is not served, nor are uploads (MEDIA_ROOT): strangers filled it, so you say it yourself,
  \`static = /media = media\`. Settings that cannot be read stop nothing: site and stderr say why.
- **Flask**: \`static\` beside the module that makes the app at /static, where its source leaves no doubt: one \`Flask(__name__)\`, nothing
  about other static files, no \`before_request\`.
- **Vite**: \`dist/assets\`, kept for a year, and of dist what \`public\` has; nothing else of dist, into which a server may
  have been compiled, and no source maps. \`base\` is read off dist/index.html. Pages are the app's, \`/\` and index.html too:
  whether an unknown path is index.html is for it to say, or for you, \`static = / = dist fallback=index.html\`. A new name in \`public\` is
  served with the next \`portico up\`.

Only the main app is looked at, not what is mounted beside it, and only for the site: without NGINX it is
\`static-map\` that serves files (docs/options.md).`,
    examples: [
      {
        text: "A Django project, without a line; its `STATIC_ROOT` is /srv/shop/static:",
        lines: [],
        found: {
          statics: [
            {
              prefix: "/static",
              path: "/srv/shop/static",
              file: false,
              hashed: true,
              from: "STATIC_ROOT of shop.settings",
            },
          ],
          words: [],
        },
      },
    ],
  },
  {
    title: "Caching",
    text: `
Answers to GET and HEAD are kept for as long as the app's \`Cache-Control\` says, and those that say nothing for
the time of the line; without a time they are not kept. \`Vary\` is honoured. Of many that ask at once for what is not there the
app sees one; while a newer answer is fetched, and while the app fails, the old one is given. \`X-Cache\` in the
answer tells: HIT, MISS, BYPASS, EXPIRED, STALE, UPDATING, REVALIDATED.

An answer that sets a cookie is never kept. A request with a cookie or \`Authorization\` is somebody's own: it is
not answered from the cache, and its answer is kept only where the app says \`public\`. Where an app sets cookies that
tell nothing, \`user=\` names those that do: others then do not count. \`cookies=drop\` asks the app without cookies and takes off
those that it sets, so that nothing in the answer can be anybody's own. What is behind \`auth\` is not kept for others,
but with \`authorised=shared\`.

\`portico cache purge /news\` takes answers out: that path with every query, host and variant; \`/news*\` all that
begins so.`,
    examples: [
      {
        lines: [
          ["cache", "/ user=cookie:sessionid bypass=header:X-Preview"],
          ["cache-size", "500m"],
        ],
      },
      {
        text: "Micro-caching, and a path that is left out of it:",
        lines: [
          ["cache", "/api 1s"],
          ["cache", "/api/live off"],
        ],
      },
    ],
  },
  {
    title: "Throttling",
    text: `
Each client may make so many requests; more get 429 and \`Retry-After\`. Clients are told apart by address, of IPv6
by network (/64), or by a field or cookie that they send, and by address where they send none. A value that a
client makes up is a client of its own: where the app does not check it, put a limit by address beside it. A
request passes every limit of its path and of the paths above.`,
    examples: [
      {
        lines: [
          ["throttle", "/login 5r/m"],
          ["throttle", "/api 10r/s burst=20 by=header:X-Api-Key"],
          ["connections", "/export 2"],
        ],
      },
      {
        text: `Behind a load balancer every client has the balancer's address, until it is trusted to say better. Only its own
addresses are: whoever reaches NGINX from elsewhere is taken as they are.`,
        lines: [["real-ip", "10.0.0.0/8 scheme=X-Forwarded-Proto"]],
      },
    ],
  },
  {
    title: "Authentication",
    text: `
The app is told who came in by \`X-Remote-User\`, over uwsgi and FastCGI by \`REMOTE_USER\` too. Both are NGINX's
word: what a client sends under such a name is taken off everywhere. A path is guarded however it is written
(\`/Admin\`, \`/%61dmin\`, \`//admin\`), and so are the files below it.`,
    examples: [
      {
        text: "By name and password; `portico nginx passwd` writes the file, and NGINX's user must be able to read it.",
        lines: [
          ["auth", '/admin basic users.htpasswd realm="Members only"'],
          ["auth", "/admin/health off"],
        ],
      },
      {
        text: `By asking the app, or another service (\`request http://127.0.0.1:9091/verify\`). It gets the request without its body, with
\`X-Original-URI\` and \`X-Original-Method\`, and answers 2xx, 401 or 403.`,
        lines: [["auth", "/reports request /_auth"]],
      },
      {
        text: "By client certificate (mutual TLS); the name is the certificate's subject.",
        lines: [
          ["tls", "site.pem site.key"],
          ["client-certificate", "partners.pem"],
          ["auth", "/partner certificate"],
        ],
      },
      {
        text: "By address. With `satisfy = /path any` an address or a name is enough.",
        lines: [["access", "/internal 10.0.0.0/8 localhost"]],
      },
    ],
  },
  {
    title: "TLS",
    text: `
With a certificate the site listens on 443 instead of 5000, speaks HTTP/2, and sends port 80 on to https. TLS 1.2
and 1.3, with Mozilla's intermediate ciphers. \`http3 = true\` where NGINX has it (1.25 and its v3 module; open UDP 443).`,
    examples: [
      {
        lines: [
          ["server-name", "example.com"],
          ["tls", "/etc/ssl/example.pem /etc/ssl/example.key"],
          ["hsts", "365d subdomains"],
        ],
      },
      {
        text: `From Let's Encrypt or another ACME authority, by certbot or lego. The first time the certificate is not there: the site then
speaks plain HTTP, answers the challenge, and Portico says what to run. Install the site again when it is done.`,
        lines: [
          ["server-name", "example.com"],
          ["acme", "certbot"],
        ],
      },
      {
        text: "Whoever comes by another name, or by the bare address, gets 421, and over TLS no certificate.",
        lines: [
          ["server-name", "example.com"],
          ["other-hosts", "refuse"],
        ],
      },
      {
        text: "For development; the pair is made with openssl, and browsers warn of it.",
        lines: [
          ["listen", "5443"],
          ["self-signed", "true"],
        ],
      },
    ],
  },
  {
    title: "To the app",
    text: `
The wire that is fastest for its kind is chosen by itself (docs/adr/0004-worker-sockets.md), connections are kept,
WebSocket passes, and timeouts agree with \`harakiri\`. A request goes to another worker only when its own went away
and repeating it does no harm.`,
    examples: [
      {
        lines: [
          ["timeout", "/export 10m"],
          ["client-max-body-size", "/upload 2g"],
          ["buffering", "/slow on"],
          ["request-id", "true"],
        ],
      },
    ],
  },
  {
    title: "Maintenance",
    text: `
Every site has it: between \`portico maintenance on\` and \`off\` everybody gets 503, a page and \`Retry-After\`. The
same page comes with the 502 and 504 of an app that does not answer; what the app itself answers is passed on.`,
    examples: [
      {
        lines: [
          ["maintenance-page", "down.html"],
          ["retry-after", "5m"],
        ],
      },
    ],
  },
  {
    title: "Headers and compression",
    text: `
What the app says itself counts: a field is added only where it is missing. \`strict\` allows the site's own
scripts and styles alone; where that is too much, set \`headers = basic\` and your own with \`add-header\`.`,
    examples: [
      {
        lines: [
          ["headers", "basic"],
          ["headers", "/embed off"],
          ["add-header", "/drafts X-Robots-Tag: noindex"],
        ],
      },
      { lines: [["gzip", "true"]] },
    ],
  },
  {
    title: "Log and counters",
    text: "",
    examples: [
      {
        lines: [
          ["access-log", "access.log"],
          ["status-path", "/_nginx"],
        ],
      },
    ],
  },
];
