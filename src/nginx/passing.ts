import { columns } from "./columns.ts";
import type { Site, Upstream } from "./site.ts";

/**
 * How requests go to an app, as blocks of lines. Those of the main app stand at the server's level, so that
 * every location has them, those of an included file too.
 */
export function passing(site: Site, { wire }: Upstream): string[][] {
  const module = wire === "http" ? "proxy" : wire;
  return [
    ...(wire === "http" ? [connection(site)] : []),
    ...(wire === "fastcgi" ? [["fastcgi_keep_conn on;"]] : []),
    ...(wire === "http" ? [] : [variables(site, wire)]),
    forwarded(site, wire),
    buffering(module),
    [
      `${module}_read_timeout ${site.timeout};`,
      `${module}_send_timeout ${site.timeout};`,
      "# A request may go to another worker when its own went away, unless repeating it could do harm;",
      "# one that is merely slow may not.",
      `${module}_next_upstream error;`,
    ],
  ];
}

function connection(site: Site): string[] {
  return [
    "proxy_http_version 1.1;",
    ...columns([
      ["proxy_set_header Connection", `$${site.id}_connection;`],
      ["proxy_set_header Upgrade", `$${site.id}_upgrade;`],
      ["proxy_set_header Host", `$${site.id}_host;`],
    ]),
  ];
}

/** The CGI meta-variables (RFC 3875, section 4.1). The app is mounted at the root: SCRIPT_NAME is empty. */
function variables(site: Site, wire: "uwsgi" | "fastcgi"): string[] {
  const rows: [string, string][] = [
    ["REQUEST_METHOD", "$request_method"],
    ["REQUEST_URI", "$request_uri"],
    ["SCRIPT_NAME", '""'],
    ["PATH_INFO", "$document_uri"],
    ["QUERY_STRING", "$query_string"],
    ["CONTENT_TYPE", "$content_type"],
    ["CONTENT_LENGTH", "$content_length"],
    ["SERVER_PROTOCOL", "$server_protocol"],
    ["REQUEST_SCHEME", "$scheme"],
    ["HTTPS", "$https if_not_empty"],
    ["REMOTE_ADDR", "$remote_addr"],
    ["REMOTE_PORT", "$remote_port"],
    ["SERVER_NAME", "$host"],
    ["SERVER_PORT", "$server_port"],
    ["HTTP_HOST", `$${site.id}_host`],
  ];
  if (wire === "fastcgi")
    rows.unshift(["GATEWAY_INTERFACE", "CGI/1.1"], ["SERVER_SOFTWARE", "nginx/$nginx_version"]);
  return [
    `# Written out, because a distribution's ${wire}_params may send Host without its port.`,
    ...columns(rows.map(([variable, value]) => [`${wire}_param ${variable}`, `${value};`])),
  ];
}

/** The same over every wire: as header fields, or as HTTP_ variables. */
function forwarded(site: Site, wire: Upstream["wire"]): string[] {
  const fields: [string, string][] = [
    ["X-Forwarded-For", "$proxy_add_x_forwarded_for"],
    ["X-Forwarded-Host", `$${site.id}_host`],
    ["X-Forwarded-Port", '""'],
    ["X-Forwarded-Proto", "$scheme"],
    ["X-Real-IP", "$remote_addr"],
    ["Forwarded", '""'],
  ];
  const directive = (field: string): string =>
    wire === "http"
      ? `proxy_set_header ${field}`
      : `${wire}_param HTTP_${field.toUpperCase().replaceAll("-", "_")}`;
  return [
    "# Who asked, in NGINX's words. What a client says about itself is left out, or stays to the left",
    "# in X-Forwarded-For, where it counts only if what stands to its right is trusted.",
    ...columns(fields.map(([field, value]) => [directive(field), `${value};`])),
  ];
}

function buffering(module: string): string[] {
  const sizes = [
    `${module}_buffer_size 16k;  # also the most that a response's header may have`,
    `${module}_buffers 8 16k;`,
  ];
  if (module === "uwsgi")
    return [
      "# A worker has one request at a time: NGINX takes the waiting for slow clients off it and keeps",
      "# bodies both ways. `X-Accel-Buffering: no` in a response streams that one.",
      ...sizes,
    ];
  // Measured: with buffering, NGINX's gzip (on for text/html in Debian) holds a streamed page back to
  // its end; without, small answers cost the same, and large ones less with 16k than with 4k.
  return [
    "# Bodies stream both ways, and neither side gets ahead of the other: a large upload needs no",
    "# file, and gzip holds no part of a page back. `X-Accel-Buffering: yes` in a response has NGINX",
    "# take that one in as fast as it comes.",
    `${module}_request_buffering off;`,
    `${module}_buffering off;`,
    ...sizes,
  ];
}
