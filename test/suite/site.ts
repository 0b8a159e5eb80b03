import { join } from "node:path";
import type { AppFile } from "./target.ts";

/** The sockets of one app's Portico, one for each wire that NGINX can take to it. */
export function socketsOf(dir: string, app: AppFile): { http: string; uwsgi: string; fastcgi: string } {
  const at = (wire: string): string => join(dir, `${app}-${wire}.sock`);
  return { http: at("http"), uwsgi: at("uwsgi"), fastcgi: at("fastcgi") };
}

/** The Host by which a client chooses app and wire. */
export function hostOf(app: AppFile, wire: NginxWire): string {
  return `${app}.${wire}.test`;
}

export type NginxWire = keyof typeof PASS;

/**
 * NGINX's sites for the suite: a server for each app and wire, all on one port. The client says in
 * X-Test-Client who it wants to be seen as (NGINX's realip module), since every test comes from loopback.
 */
export function suiteSites(dir: string, apps: readonly AppFile[], port: number, tls?: Tls): string {
  const wires = Object.keys(PASS) as NginxWire[];
  return `
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Test-Client;
    client_max_body_size 0;
    map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
    ${apps.map((app) => upstreams(dir, app)).join("\n")}
    ${apps.flatMap((app) => wires.map((wire) => server(app, wire, port, tls))).join("\n")}`;
}

export interface Tls {
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
}

const PASS = {
  proxy: `
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;`,
  uwsgi: "include /etc/nginx/uwsgi_params;",
  fastcgi: "include /etc/nginx/fastcgi_params; fastcgi_keep_conn on;",
};

function upstreams(dir: string, app: AppFile): string {
  const { http, uwsgi, fastcgi } = socketsOf(dir, app);
  return `
    upstream ${app}_proxy { server unix:${http}; keepalive 8; }
    upstream ${app}_uwsgi { server unix:${uwsgi}; }
    upstream ${app}_fastcgi { server unix:${fastcgi}; keepalive 8; }`;
}

function server(app: AppFile, wire: NginxWire, port: number, tls: Tls | undefined): string {
  const upstream = `${app}_${wire}`;
  const pass = `${wire}_pass ${wire === "proxy" ? "http://" : ""}${upstream};`;
  const secure = tls
    ? `listen 127.0.0.1:${tls.port} ssl; ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`
    : "";
  return `
    server {
      listen 127.0.0.1:${port};
      ${secure}
      server_name ${hostOf(app, wire)};
      ${PASS[wire]}
      ${wire}_buffer_size 64k;
      ${wire}_buffers 8 64k;
      ${wire}_busy_buffers_size 128k;
      location / { ${pass} }
      # Bodies both ways as they come, instead of whole.
      location /echo { ${wire}_request_buffering off; ${wire}_buffering off; ${pass} }
      location /count { ${wire}_request_buffering off; ${pass} }
    }`;
}
