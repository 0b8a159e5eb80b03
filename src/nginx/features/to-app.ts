import { connectionVariables, fieldVariable } from "../cgi-variables.ts";
import { columns } from "../columns.ts";
import type { Here, SiteDraft } from "../draft.ts";
import { feature } from "../feature.ts";

/** What every app is told of a request, over its wire: the request itself, and who asked. */
export const toApp = feature({
  settings: {},
  begin: () => undefined,
  add(_, draft) {
    const whole = draft.at("");
    for (const [field, value] of forwarded(draft.id)) whole.fields.set(field, value);
    // One family: proxy_set_header and uwsgi_param are inherited all or not at all.
    whole.set("to app", (here) => [
      ...(here.module === "proxy" ? [connection(draft)] : []),
      ...(here.module === "fastcgi" ? [["fastcgi_keep_conn on;"]] : []),
      ...(here.module === "proxy" ? [] : [variables(draft, here)]),
      fields(here),
    ]);
    draft.hostMap.push(...hostMap(draft.id));
    draft.http.push(draft.hostMap);
    if ([draft.main, ...draft.mounts].some(({ wire }) => wire === "http"))
      draft.http.push(...upgradeMaps(draft.id));
  },
});

function connection({ id, sent, input }: SiteDraft): string[] {
  // By it the workers know that the files of send-files are sent here; no client can say it.
  const told: [string, string][] =
    sent.length > 0 && input.token !== undefined
      ? [["proxy_set_header X-Portico-Site", `${input.token};`]]
      : [];
  return [
    "proxy_http_version 1.1;",
    ...columns([
      ["proxy_set_header Connection", `$${id}_connection;`],
      ["proxy_set_header Upgrade", `$${id}_upgrade;`],
      ["proxy_set_header Host", `$${id}_host;`],
      ...told,
    ]),
  ];
}

/** The CGI meta-variables (RFC 3875, section 4.1). The app is mounted at the root: SCRIPT_NAME is empty. */
function variables({ id }: SiteDraft, { module, variables: more }: Here): string[] {
  const rows = new Map(
    [
      ["REQUEST_METHOD", "$request_method"],
      ["REQUEST_URI", "$request_uri"],
      ["SCRIPT_NAME", '""'],
      ["PATH_INFO", "$document_uri"],
      ["QUERY_STRING", "$query_string"],
      ["CONTENT_TYPE", "$content_type"],
      ["CONTENT_LENGTH", "$content_length"],
      ...connectionVariables(id),
      ...more,
    ].filter(([, value]) => value !== "") as [string, string][],
  );
  const cgi: [string, string][] = [
    ["GATEWAY_INTERFACE", "CGI/1.1"],
    ["SERVER_SOFTWARE", "nginx/$nginx_version"],
  ];
  return [
    `# Written out, because a distribution's ${module}_params may send Host without its port.`,
    ...columns(
      [...(module === "fastcgi" ? cgi : []), ...rows].map(([variable, value]) => [
        `${module}_param ${variable}`,
        `${value};`,
      ]),
    ),
  ];
}

function forwarded(id: string): [string, string][] {
  return [
    ["X-Forwarded-For", "$proxy_add_x_forwarded_for"],
    ["X-Forwarded-Host", `$${id}_host`],
    ["X-Forwarded-Port", '""'],
    ["X-Forwarded-Proto", "$scheme"],
    ["X-Real-IP", "$remote_addr"],
    ["X-Forwarded-Prefix", '""'],
    ["X-Forwarded-Scheme", '""'],
    ["X-Forwarded-Ssl", '""'],
    ["Forwarded", '""'],
    // Programs take HTTP_PROXY for a setting (CVE-2016-5385).
    ["Proxy", '""'],
  ];
}

/** The same over every wire: as header fields, or as HTTP_ variables. */
function fields({ module, fields: all }: Here): string[] {
  const directive = (field: string): string =>
    module === "proxy" ? `proxy_set_header ${field}` : `${module}_param ${fieldVariable(field)}`;
  return [
    "# Who asked, in NGINX's words. What a client says about itself is left out, or stays to the left",
    "# in X-Forwarded-For, where it counts only if what stands to its right is trusted.",
    ...columns(
      [...all].map(([field, value]) => [
        directive(field),
        // Over HTTP an empty field is left out, whatever it is made of.
        module === "proxy" || !MAY_BE_EMPTY.test(value) ? `${value};` : `${value} if_not_empty;`,
      ]),
    ),
  ];
}

/** All variables but those that every request has. */
const MAY_BE_EMPTY =
  /^\$(?!(?:proxy_add_x_forwarded_for|scheme|remote_addr|request_id|portico_\w+_(?:host|scheme))$)/;

function hostMap(id: string): string[] {
  return [
    "# The Host that was asked for, with its port. Where the request line names another host it is the",
    "# one that counts (RFC 9112, section 3.2.2), and HTTP/1.0 may name none.",
    `map "$host/$http_host" $${id}_host {`,
    "    default                     $host;",
    '    "_/"                        localhost;',
    '    "~*^([^/]+)/\\1(:[0-9]+)?$" $http_host;',
    "}",
  ];
}

function upgradeMaps(id: string): string[][] {
  return [
    [
      "# WebSocket passes. Any other upgrade is left out, and then the connection to the worker is kept.",
      `map $http_upgrade $${id}_upgrade {`,
      '    default   "";',
      "    websocket websocket;",
      "}",
    ],
    [`map $${id}_upgrade $${id}_connection {`, '    default   "";', "    websocket upgrade;", "}"],
  ];
}
