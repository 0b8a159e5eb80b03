import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Place, type Running, start } from "../machine/server.ts";
import { named } from "./node.ts";
import type { Peer, Tools } from "./peer.ts";
import { python, startPortico } from "./portico.ts";
import { granian, gunicorn, uwsgi, waitress } from "./python.ts";

type Front = NonNullable<Peer["behind"]>;

/** What NGINX tells every server behind it, whatever the wire. */
const FORWARDED = [
  ["Host", "$http_host"],
  ["X-Forwarded-For", "$proxy_add_x_forwarded_for"],
  ["X-Forwarded-Proto", "$scheme"],
] as const;
const PARAMS = ["REQUEST_METHOD $request_method", "REQUEST_URI $request_uri", "PATH_INFO $document_uri"]
  .concat(["QUERY_STRING $query_string", "CONTENT_TYPE $content_type", "CONTENT_LENGTH $content_length"])
  .concat(["SERVER_PROTOCOL $server_protocol", "REQUEST_SCHEME $scheme", "REMOTE_ADDR $remote_addr"])
  .concat(["REMOTE_PORT $remote_port", "SERVER_NAME $host", "SERVER_PORT $server_port"])
  .concat(FORWARDED.map(([name, value]) => `HTTP_${name.toUpperCase().replaceAll("-", "_")} ${value}`));

const headers = FORWARDED.map(([name, value]) => `proxy_set_header ${name} ${value};`).join(" ");
const params = (wire: string): string => PARAMS.map((param) => `${wire}_param ${param};`).join(" ");

/** An upstream of the sockets that these names have in the directory of the server. */
function upstream(dir: string, id: string, sockets: readonly string[], keepalive: boolean): string {
  const servers = sockets.map((name) => `server unix:${join(dir, name)} max_fails=0;`).join(" ");
  return `upstream ${id} { zone ${id} 64k; least_conn; ${servers} ${keepalive ? "keepalive 64;" : ""} }`;
}

const httpKept =
  (...sockets: string[]): Front =>
  (dir, id) => ({
    http: upstream(dir, id, sockets, true),
    location: `proxy_pass http://${id}; proxy_http_version 1.1; proxy_set_header Connection ""; ${headers}`,
  });
const httpEach: Front = (dir, id) => ({
  http: upstream(dir, id, ["app.sock"], false),
  location: `proxy_pass http://${id}; ${headers}`,
});
const fastcgiKept: Front = (dir, id) => ({
  http: upstream(dir, id, ["app.sock"], true),
  location: `fastcgi_pass ${id}; fastcgi_keep_conn on; ${params("fastcgi")}`,
});
const uwsgiEach: Front = (dir, id) => ({
  http: upstream(dir, id, ["app.sock"], false),
  location: `uwsgi_pass ${id}; ${params("uwsgi")}`,
});

const numbered = (workers: number): string[] =>
  Array.from({ length: workers }, (_, i) => `app.${i + 1}.sock`);

/** Portico behind NGINX, by the wire that the name says. */
export function porticoBehind(wire: "HTTP" | "FastCGI" | "uwsgi", workers: number): Peer {
  const app = join(import.meta.dirname, "..", "apps", "fetch.ts");
  const option = wire === "FastCGI" ? "fastcgi-socket" : "socket";
  const fronts = { HTTP: httpKept(...numbered(workers)), FastCGI: fastcgiKept, uwsgi: uwsgiEach };
  return {
    name: named(`Portico by ${wire}${wire === "uwsgi" ? "" : ", kept"}`, workers),
    needs: "nginx",
    behind: fronts[wire],
    start: (place, tools) =>
      startPortico(place, tools, [
        app,
        `--processes=${workers}`,
        `--${option}=${join(place.dir, "app.sock")}`,
        "--chmod-socket=666",
      ]),
  };
}

/** A server on node behind NGINX: as many processes as workers, each with a socket of its own. */
export function nodeBehind(name: string, script: string, workers: number, kept: boolean): Peer {
  return {
    name: named(`${name} by HTTP, ${kept ? "kept" : "a connection per request"}`, workers),
    needs: script === "fastify.ts" ? "fastify" : "nginx",
    behind: kept ? httpKept(...(workers === 1 ? ["app.sock"] : numbered(workers))) : httpEach,
    start(place, { node }) {
      const serve = join(import.meta.dirname, "..", "serve");
      const env = {
        SOCKET: join(place.dir, "app.sock"),
        SOCKETS: join(place.dir, "app"),
        WORKERS: String(workers),
      };
      const argv = workers === 1 ? [join(serve, script)] : [join(serve, "many.ts"), script];
      return start({ ...place, env: { ...place.env, ...env } }, [node, ...argv]);
    },
  };
}

/** The servers of a Python app behind NGINX, one worker each. */
export function pythonBehind(app: string): Peer[] {
  const portico: Peer = {
    name: "Portico by uwsgi",
    start: (place, tools) =>
      startPortico(place, tools, [
        ...python(app, tools),
        "--processes=1",
        `--socket=${join(place.dir, "app.sock")}`,
        "--chmod-socket=666",
      ]),
  };
  const on = "http on a socket";
  return [
    { ...portico, needs: "venv", behind: uwsgiEach },
    { ...uwsgi(app, 1, "uwsgi on a socket"), name: "uWSGI by uwsgi", behind: uwsgiEach },
    { ...gunicorn(app, 1, on), name: "gunicorn sync by HTTP", behind: httpEach },
    { ...gunicorn(app, 1, "uwsgi on a socket"), name: "gunicorn sync by uwsgi", behind: uwsgiEach },
    { ...waitress(app, on), name: "waitress, 4 threads, by HTTP, kept", behind: httpKept("app.sock") },
    { ...granian(app, 1, on), name: "Granian by HTTP, kept", behind: httpKept("app.sock") },
  ];
}

/** An NGINX of the bench's own, one worker, with a server for each place. It answers 502 until they do. */
export async function startNginx(
  dir: string,
  { programs }: Tools,
  fronted: readonly { readonly place: Place; readonly peer: Peer }[],
): Promise<Running> {
  mkdirSync(dir, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const sites = fronted.map(({ place, peer }, i) => {
    const { http, location } = peer.behind!(place.dir, `app${i}`);
    return `${http}\n  server { listen 127.0.0.1:${place.port}; location / { ${location} } }`;
  });
  writeFileSync(
    join(dir, "nginx.conf"),
    `user root; worker_processes 1; daemon off; pid ${dir}/nginx.pid; error_log ${dir}/error.log crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000;
  ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join(" ")}
  ${sites.join("\n  ")}
}
`,
  );
  const place: Place = { port: fronted[0]!.place.port, dir, cpus: undefined, env: {} };
  return start(place, [programs["nginx"]!, "-c", join(dir, "nginx.conf"), "-e", join(dir, "error.log")], 502);
}
