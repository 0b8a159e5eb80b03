import { createRequire } from "node:module";
import type { Log } from "../log/log.ts";
import type { MasterOptions } from "../master/master-options.ts";
import { planOf } from "../master/plan.ts";
import { registryFolder } from "../master/registry.ts";
import type { BuiltIn } from "../nginx/built-in.ts";
import { maintenanceFile, maintenancePage } from "../nginx/maintenance-file.ts";
import { formatAddress } from "../options/address.ts";
import type { Config } from "../options/config.ts";
import { saysTls, TLS_SETTINGS } from "./own-site.ts";
import type { Program } from "./program.ts";

type Guards = NonNullable<ReturnType<MasterOptions["guards"]>>;

/**
 * What of `[nginx]` is kept by the listeners for HTTP on TCP, whom anybody may ask without NGINX; what is not
 * is told. undefined: there are none.
 * @throws SiteError where the section is wrong.
 */
export function guardsOf(config: Config, program: Program, log: Log): Guards | undefined {
  const open = openListeners(config);
  if (open.length === 0) return undefined;
  const file = maintenanceFile(
    registryFolder(program.env, process.getuid!(), program.temporary),
    config.name,
  );
  if (config.siteSettings.length === 0)
    return {
      ...NOTHING,
      site: { ...NOTHING.site, maintenance: { file, pages: [maintenancePage(file)], retryAfter: 30 } },
    };
  const { builtInOf } = builtIn();
  const mounts = planOf(config, "/")
    .pools.map(({ name }) => name)
    .filter((name) => name.startsWith("/"));
  const { chdir, staticMap } = config;
  const found = builtInOf(config.siteSettings, { chdir, staticMap, mounts });
  const { throttle, access, satisfy, trusted } = found;
  const asksCertificates = isAuthority(config, found.clientAuthorities);
  const auth = found.auth.map((rule) =>
    rule.kind === "certificate" && !asksCertificates ? ({ path: rule.path, kind: "closed" } as const) : rule,
  );
  const where = open.join(", ");
  const leftOut = found.leftOut.filter(
    (name) =>
      !(config.siteListeners.length > 0 && TLS_SETTINGS.has(name)) &&
      !(asksCertificates && name === "client-certificate"),
  );
  const hint = saysTls(config) && config.nginx !== "off" ? ", or nginx = off for tls" : "";
  if (leftOut.length > 0)
    log.warn(
      `${leftOut.join(", ")} of [nginx] needs NGINX${hint}: not in effect for who asks ${where} directly`,
    );
  const closed = auth.filter(({ kind }) => kind === "closed").map(({ path }) => path || "/");
  if (closed.length > 0)
    log.warn(
      `only NGINX can ask who may come in to ${closed.join(", ")}: nobody may who asks ${where} directly`,
    );
  return { throttle, auth, access, satisfy, trusted, site: siteOf(found, config, file) };
}

/** Whether a client's certificate that a listener takes is always one of those authorities'. */
function isAuthority(config: Config, file: string | undefined): boolean {
  const asked = planOf(config, "/").listen.flatMap(({ tls }) => tls?.files.authority ?? []);
  return file !== undefined && asked.length > 0 && asked.every((authority) => authority === file);
}

/** Where anybody may ask without a web server in front, for people. */
export function openListeners(config: Config): string[] {
  return planOf(config, "/")
    .listen.filter(
      ({ protocol, address }) => address.kind === "tcp" && (protocol === "http" || protocol === "https"),
    )
    .map(({ address }) => formatAddress(address));
}

const NOTHING: Guards = {
  ...{ throttle: [], auth: [], access: [], satisfy: [], trusted: [] },
  site: {
    headers: [],
    bodySizes: [],
    requestId: false,
    maintenance: { file: "", pages: [], retryAfter: 30 },
  },
};

function siteOf({ site }: BuiltIn, config: Config, file: string): Guards["site"] {
  const { files, headers, hsts, bodySizes, requestId, maintenancePage: page, retryAfter } = site;
  return {
    ...{ headers, bodySizes, requestId },
    ...(hsts !== undefined && { hsts }),
    ...(files && { files: { ...withoutUndefined(files), safe: config.staticSafe } }),
    maintenance: {
      file,
      pages: [maintenancePage(file), ...(page === undefined ? [] : [page])],
      retryAfter,
    },
  };
}

function withoutUndefined({ favicon, robots, ...rest }: NonNullable<BuiltIn["site"]["files"]>) {
  return { ...rest, ...(favicon !== undefined && { favicon }), ...(robots !== undefined && { robots }) };
}

/** Loaded where it is needed, for it is large, and at once, for a reload may be the first to need it. */
export function builtIn(): typeof import("../nginx/built-in.ts") {
  const extension = import.meta.url.slice(-3);
  return createRequire(import.meta.url)(
    `../nginx/built-in${extension}`,
  ) as typeof import("../nginx/built-in.ts");
}
