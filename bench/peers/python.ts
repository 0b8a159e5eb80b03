import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { start } from "../machine/server.ts";
import { named } from "./node.ts";
import type { Peer, Tools } from "./peer.ts";

const apps = join(import.meta.dirname, "..", "python");

/** Where a server listens: the port of its place, or the socket of its directory, with the protocol. */
type On = "http" | "http on a socket" | "uwsgi on a socket";

/** The most that uWSGI's own documentation advises for production ("Things to know"), and Debian's Python 3. */
export function uwsgi(app: string, workers: number, on: On): Peer {
  return {
    name: named("uWSGI", workers),
    needs: "uwsgi",
    start: (place, { programs, venv }) => {
      const address = on === "http" ? `127.0.0.1:${place.port}` : join(place.dir, "app.sock");
      const listen =
        on === "http"
          ? ["--plugin", "http", "--http", address, "--http-keepalive"]
          : ["--socket", address, "--chmod-socket=666"];
      return start(place, [
        programs["uwsgi"]!,
        ...["--plugin", "python3", "--virtualenv", venv, "--chdir", apps],
        ...["--module", `${app}:application`, "--master", "--processes", String(workers)],
        ...["--single-interpreter", "--need-app", "--die-on-term", "--vacuum", "--disable-logging"],
        ...["--listen", "1024", "--lazy-apps", "--master-fifo", join(place.dir, "fifo"), ...listen],
      ]);
    },
    // A chain reload: one worker after the other ("The Art of Graceful Reloading").
    reload: (_running, place) => writeFile(join(place.dir, "fifo"), "c"),
  };
}

export function gunicorn(app: string, workers: number, on: On, threads?: number): Peer {
  const wire = on === "uwsgi on a socket" ? ", uwsgi protocol" : "";
  return {
    name: named(`gunicorn ${threads ? "gthread" : "sync"}${wire}`, workers),
    needs: "gunicorn",
    start: (place, { programs }) => {
      const bind = on === "http" ? `127.0.0.1:${place.port}` : `unix:${join(place.dir, "app.sock")}`;
      return start(place, [
        programs["gunicorn"]!,
        ...["--workers", String(workers), "--bind", bind, "--chdir", apps],
        ...(threads ? ["--threads", String(threads)] : []),
        ...(wire ? ["--protocol", "uwsgi"] : []),
        ...["--worker-tmp-dir", "/dev/shm", "--log-level", "warning", `${app}:application`],
      ]);
    },
    async reload(running) {
      process.kill(running.master!, "SIGHUP");
    },
  };
}

export function waitress(app: string, on: On): Peer {
  return {
    name: "waitress, 4 threads",
    needs: "waitress-serve",
    start: (place, { programs }: Tools) =>
      start({ ...place, env: { ...place.env, PYTHONPATH: apps } }, [
        programs["waitress-serve"]!,
        ...(on === "http"
          ? [`--listen=127.0.0.1:${place.port}`]
          : [`--unix-socket=${join(place.dir, "app.sock")}`, "--unix-socket-perms=666"]),
        `${app}:application`,
      ]),
  };
}

export function granian(app: string, workers: number, on: On): Peer {
  return {
    name: named("Granian", workers),
    needs: "granian",
    start: (place, { programs }) =>
      start(place, [
        programs["granian"]!,
        ...["--interface", "wsgi", "--workers", String(workers), "--working-dir", apps],
        ...(on === "http"
          ? ["--host", "127.0.0.1", "--port", String(place.port)]
          : ["--uds", join(place.dir, "app.sock")]),
        ...["--log-level", "warning", `${app}:application`],
      ]),
  };
}
