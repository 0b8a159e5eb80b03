import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../nginx/private-site-nginx.ts";
import { serveSite } from "../nginx/served-site.ts";
import { type RunningPortico, startPortico } from "./portico.ts";
import { projectWith } from "./project.ts";

/** The same lines of `[nginx]` twice: kept by Portico's own listener, and by the real NGINX in front of a like app. */
export interface BothSites {
  readonly portico: RunningPortico;
  /** The same request to both. */
  ask(target: string, options?: Asked): Promise<{ readonly here: Told; readonly there: Told }>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const APP = `export default async (request, { variables }) => {
  await request.text();
  const id = request.headers.get("x-request-id");
  return new Response("from the app", { headers: {
    ...(id === null ? {} : { "X-Seen-Id": id }),
    ...(variables.REQUEST_URI.startsWith("/own") ? { "X-Frame-Options": "own", "Cache-Control": "private" } : {}),
  } });
};
`;

/**
 * @param lines of `[nginx]`, name and value
 * @param setUp lays out files in chdir
 */
export async function serveBoth(
  t: TestContext,
  lines: readonly (readonly [string, string])[],
  setUp: (directory: string) => void = () => {},
  uwsgi: readonly (readonly [string, string])[] = [],
): Promise<BothSites> {
  const port = await freePort();
  const dir = await projectWith(t, { "app.mjs": APP });
  setUp(dir);
  const ini = ["[uwsgi]", "module = ./app.mjs", `http-socket = 127.0.0.1:${port}`];
  ini.push(...uwsgi.map(([name, value]) => `${name} = ${value}`), "[nginx]");
  writeFileSync(
    join(dir, "hello.ini"),
    [...ini, ...lines.map(([name, value]) => `${name} = ${value}`), ""].join("\n"),
  );
  const portico = await startPortico({ dir, args: ["hello.ini"] });
  t.after(() => portico.stop());
  const site = await serveSite(
    t,
    lines,
    (incoming, response) => {
      incoming.resume();
      const id = incoming.headers["x-request-id"];
      if (id !== undefined) response.setHeader("X-Seen-Id", id);
      if (incoming.url?.startsWith("/own"))
        response.setHeader("X-Frame-Options", "own").setHeader("Cache-Control", "private");
      incoming.on("end", () => response.end("from the app"));
    },
    {
      setUp,
      staticMap: uwsgi
        .filter(([name]) => name === "static-map")
        .map(([, value]) => value.split("=") as [string, string]),
    },
  );
  return {
    portico,
    ask: async (target, options = {}) => ({
      here: await tell(portico.port, target, options),
      there: await tell(site.port, target, options),
    }),
  };
}

/** Asserts that both give the same status, body and fields that caches and browsers go by. */
export async function assertSame(
  both: BothSites,
  target: string,
  options: Asked = {},
  names: readonly string[] = CACHING,
): Promise<{ readonly here: Told; readonly there: Told }> {
  const told = await both.ask(target, options);
  const [here, there] = [told.here, told.there].map(({ status, headers, body }) => ({
    status,
    // What is said of an error is each one's own.
    ...(status < 400 && { body }),
    ...(status < 400 && Object.fromEntries(names.map((name) => [name, shown(name, headers[name])]))),
  }));
  assert.deepEqual(
    here,
    there,
    `${options.method ?? "GET"} ${target} ${JSON.stringify(options.headers ?? {})}`,
  );
  return told;
}

const CACHING = [
  ...["cache-control", "expires", "last-modified", "etag", "vary", "content-encoding", "content-range"],
  "retry-after",
];

function shown(name: string, value: string | string[] | undefined): unknown {
  // Each has tags of its own, and the time goes on.
  if (name === "etag") return value !== undefined;
  if (name === "expires") return value && Math.round((Date.parse(String(value)) - Date.now()) / 60_000);
  return name === "vary" ? String(value).toLowerCase() : value;
}

function tell(port: number, path: string, { method = "GET", headers = {}, body }: Asked): Promise<Told> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
