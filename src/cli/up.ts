import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ask } from "../master/control.ts";
import { basePython } from "../master/interpreter.ts";
import { planOf } from "../master/plan.ts";
import { privatePlaces } from "../nginx/private/places.ts";
import { findNginx, type Nginx, whyNotInstallable } from "../nginx/system.ts";
import type { Config } from "../options/config.ts";
import { installPackages } from "../up/packages.ts";
import { installRequirements } from "../up/python-packages.ts";
import { stepView } from "../up/steps.ts";
import { up as runSteps } from "../up/up.ts";
import { count } from "./count.ts";
import { startDaemon } from "./daemonize.ts";
import { saysTls } from "./own-site.ts";
import { type Program, UsageError } from "./program.ts";
import { registry } from "./registry.ts";
import { requireModule } from "./run.ts";
import { preparedSite, wholeSite } from "./site.ts";
import { siteAddress, siteUrl } from "./site-address.ts";
import { withSocket } from "./with-socket.ts";

/** What an app's first file is called where nobody says. */
const USUAL_MODULES = [
  "app.ts",
  "main.ts",
  "server.ts",
  "index.ts",
  "app.js",
  "main.js",
  "server.js",
  "index.js",
  "wsgi.py",
  "app.py",
];

/** `portico up [hello.ini]`: packages, app server, NGINX in front; run again it is an update without a failed request. */
export async function up(argv: readonly string[], program: Program): Promise<number> {
  const given = argv.length > 0 ? argv : [found(program.cwd)];
  const { argv: args, config } = withSocket(given, program);
  requireModule(config);
  const running = registry(program)
    ?.list()
    .find(({ name, chdir }) => name === config.name && chdir === config.chdir);
  const nginx = findNginx({ searchPath: program.env["PATH"] ?? "" });
  const address = siteAddress(config, program, nginx);
  const runningUrl = running ? (await ask(running.control, "status")).url : undefined;
  const none =
    runningUrl === undefined || config.nginx === "private"
      ? whyNone(config, nginx)
      : `it runs without NGINX at ${runningUrl}: to put NGINX in front, portico stop and up again`;
  // Without NGINX in front nobody speaks TLS there: https-socket has an address of its own.
  const secure = address.secure && (none === undefined || config.nginx === "private");
  let url = runningUrl ?? siteUrl({ ...address, secure });
  const serve = async () => {
    if (running) {
      const result = await ask(running.control, "reload");
      if (!result.ok)
        return {
          outcome: "failed" as const,
          detail: `the update was refused, the workers that served before go on: ${result.message}`,
        };
      return {
        outcome: "done" as const,
        detail: [`reloaded: generation ${result.generation}`, ...result.notes].join("\n"),
      };
    }
    const log = config.daemonize ?? join(config.chdir, `${config.name}.log`);
    const answers = config.httpSocket.length + config.httpsSocket.length > 0;
    const byItself = none !== undefined && config.nginx !== "private";
    const direct = byItself
      ? saysTls(config)
        ? SITE
        : answers
          ? []
          : ["--http-socket", `:${address.port}`]
      : [];
    const { pid, message } = await startDaemon([...args, "--daemonize", log, ...direct], log, program);
    if (message.type === "failed")
      return { outcome: "failed" as const, detail: `${message.message}\nlog: ${log}` };
    if (message.url !== undefined && none !== undefined) url = message.url;
    return {
      outcome: "done" as const,
      detail: `master ${pid} and ${count(message.workers, "worker")}, log ${log}`,
    };
  };
  // The private NGINX's site is the master's to write; here it is told.
  const foundInApp = async () => (await wholeSite(config, program, nginx)).found;
  const reports = await runSteps({
    packages: () => packages(config, program),
    serve,
    site:
      none === undefined
        ? { nginx: nginx!, name: config.name, written: () => preparedSite(config, program, nginx!) }
        : { none, ...(config.nginx === "private" && { found: foundInApp }) },
    view: stepView(program.out, program.terminal),
  });
  const failed = reports.find(({ outcome }) => outcome === "failed");
  if (failed) {
    program.err(
      `portico: up stopped at "${failed.step}"; what ran before goes on. Mend it and run the same command again.\n`,
    );
    return failed.step === "app server" && running ? 5 : 1;
  }
  program.out(`\n${url}\n`);
  return 0;
}

/** Portico listens where NGINX would. */
const SITE = ["--nginx", "off"];

/** npm's for TypeScript and JavaScript, requirements.txt for Python; a project of both has both. */
async function packages(config: Config, program: Program): Promise<string | undefined> {
  const { chdir: directory, virtualenv = join(config.chdir, ".venv") } = config;
  const kinds = new Set(planOf(config, "/").pools.map(({ kind }) => kind));
  const done = [kinds.has("node") ? await installPackages(directory, program.env) : undefined];
  if (kinds.has("python")) {
    const python = basePython(config);
    done.push(await installRequirements({ directory, virtualenv, python }, program.env));
  }
  return done.filter((what) => what !== undefined).join(", ") || undefined;
}

function found(cwd: string): string {
  const inis = readdirSync(cwd).filter(
    (name) =>
      name.endsWith(".ini") && /^\s*\[(uwsgi|portico)\]/m.test(readFileSync(resolve(cwd, name), "utf8")),
  );
  if (inis.length === 1) return inis[0]!;
  if (inis.length > 1)
    throw new UsageError(
      `Several configurations are here, name one: ${inis.map((name) => `portico up ${name}`).join(", ")}`,
    );
  const module = USUAL_MODULES.find((name) => existsSync(join(cwd, name)));
  if (module !== undefined) return module;
  throw new UsageError(
    "Nothing to bring up here: name an app (portico up hello.ts) or a configuration (portico up hello.ini)",
  );
}

/** Why the system's NGINX is not put in front; undefined: it is. */
function whyNone(config: Config, nginx: Nginx | undefined): string | undefined {
  if (config.nginx === "off") return "nginx = off: Portico answers by itself";
  if (config.nginx === "private")
    return `nginx = private: the app server keeps one of its own, in ${privatePlaces(config.chdir).directory}`;
  // Asked for: then a site that cannot be installed is a failure, told by the step itself.
  if (nginx && config.nginx === "system") return undefined;
  if (config.nginx === "system")
    throw new UsageError("nginx = system needs NGINX, which is not installed: sudo apt-get install nginx");
  if (!nginx)
    return "NGINX is not installed, Portico answers by itself. To put NGINX in front: sudo apt-get install nginx, portico stop, and up again";
  const why = whyNotInstallable(nginx);
  return why === undefined ? undefined : `NGINX is left alone, Portico answers by itself: ${why}`;
}
