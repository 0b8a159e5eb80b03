import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type Directive, findDirectives, parseConf } from "../../src/nginx/conf.ts";

/*
 * The known mistakes in NGINX sites, looked for in every golden file, and so in all that the generator
 * writes. What each check finds is shown by a site that has the mistake.
 */
const golden = path.join(import.meta.dirname, "../golden/nginx");

const inside = (block: Directive, name: string): Directive[] =>
  (block.block ?? []).filter((directive) => directive.name === name);
const firstWords = (block: Directive, name: string): string[] =>
  inside(block, name).map(({ args }) => args[0] ?? "");

type Check = (server: Directive, locations: readonly Directive[]) => string[];

/** Directives that a block inherits all or not at all. */
const ALL_OR_NOTHING =
  "add_header proxy_set_header uwsgi_param fastcgi_param limit_req limit_conn error_page".split(" ");

const isInternal = (location: Directive): boolean => inside(location, "internal").length > 0;

const checks: Readonly<Record<string, { check: Check; mistake: string }>> = {
  "an alias leads out of its directory": {
    check: (_, locations) =>
      locations.flatMap((location) => {
        const [sign = ""] = location.args;
        const at = location.args.at(-1) ?? "";
        const exact = sign === "=";
        return firstWords(location, "alias")
          .filter((to) => sign.startsWith("~") || (!exact && to.endsWith("/") !== at.endsWith("/")))
          .map((to) => `${at} → ${to}`);
      }),
    mistake: "location /s { alias /srv/; }",
  },
  "a location has lost what the server says": {
    check: (server, locations) =>
      locations
        .filter((location) => !isInternal(location))
        .flatMap((location) =>
          ALL_OR_NOTHING.flatMap((name) => {
            const own = firstWords(location, name);
            const lost =
              own.length === 0
                ? []
                : firstWords(server, name).filter((word) => !own.includes(word) && word !== "REMOTE_USER");
            return lost.map((word) => `${location.args.join(" ")}: ${name} ${word}`);
          }),
        ),
    mistake: "add_header A b; location / { add_header C d; }",
  },
  "the app is told a host that the client chose behind the site's back": {
    check: (server) =>
      [...findDirectives([server], "proxy_set_header"), ...findDirectives([server], "uwsgi_param")]
        .filter(({ args }) => /^(?:Host|HTTP_HOST|X-Forwarded-Host)$/.test(args[0]!))
        .filter(({ args }) => !/^\$portico_\w+_host$/.test(args[1]!))
        .map(({ args }) => args.join(" ")),
    mistake: "proxy_set_header Host $http_host;",
  },
  "a decoded path or argument can split a header": {
    check: (server) =>
      ["return", "rewrite", "add_header", "proxy_set_header", "proxy_pass"]
        .flatMap((name) => findDirectives([server], name))
        .filter(({ args }) => /\$(?:uri|document_uri|arg_|args_)/.test(args.join(" ")))
        .map(({ name, args }) => `${name} ${args.join(" ")}`),
    mistake: "location / { return 302 https://x$uri; }",
  },
  "a client can choose where NGINX connects": {
    check: (server) =>
      ["proxy_pass", "uwsgi_pass", "fastcgi_pass"]
        .flatMap((name) => findDirectives([server], name))
        .filter(({ args }) => args[0]?.includes("$"))
        .map(({ args }) => args.join(" ")),
    mistake: "location / { proxy_pass http://$arg_host; }",
  },
  "a location for NGINX's own use is open": {
    check: (_, locations) =>
      locations
        .filter(({ args }) => /^\/\.portico/.test(args.at(-1)!))
        .filter((location) => !isInternal(location))
        .map(({ args }) => args.join(" ")),
    mistake: "location = /.portico_hello_auth { proxy_pass http://a; }",
  },
  "an if does more than return": {
    check: (server) =>
      findDirectives([server], "if").flatMap(({ block = [] }) =>
        block.filter(({ name }) => name !== "return").map(({ name }) => name),
      ),
    mistake: "if ($a) { add_header B c; }",
  },
  "who may come in ends without a last word": {
    check: (server, locations) =>
      [server, ...locations].flatMap((block) => {
        const rules = (block.block ?? []).filter(({ name }) => name === "allow" || name === "deny");
        const last = rules.at(-1);
        return last === undefined || last.args[0] === "all" ? [] : [block.args.join(" ")];
      }),
    mistake: "location / { allow 10.0.0.0/8; }",
  },
  "what is kept may be somebody's own": {
    check: (server) =>
      ["proxy", "uwsgi", "fastcgi"].flatMap((module) =>
        [server, ...findDirectives([server], "location")]
          .filter((block) => firstWords(block, `${module}_cache`).some((zone) => zone !== "off"))
          .filter((block) =>
            ["no_cache", "cache_bypass", "cache_key"].some(
              (name) => inside(block, `${module}_${name}`).length === 0,
            ),
          )
          .map(({ args }) => args.join(" ")),
      ),
    mistake: "location / { proxy_cache a; }",
  },
  "a name is passed on that no auth has proved": {
    check: (server, locations) =>
      [server, ...locations]
        .filter((block) =>
          ["proxy_set_header", "uwsgi_param", "fastcgi_param"].some((name) =>
            inside(block, name).some(({ args }) => args.includes("$remote_user")),
          ),
        )
        .filter((block) => !inside(block, "auth_basic").some(({ args }) => args[0] !== "off"))
        .filter((block) => !block.args[0]?.startsWith("@"))
        .map(({ args }) => args.join(" ")),
    mistake: "location / { proxy_set_header X-Remote-User $remote_user; }",
  },
  "old TLS is spoken": {
    check: (server) =>
      findDirectives([server], "ssl_protocols")
        .filter(({ args }) => args.some((word) => !/^TLSv1\.[23]$/.test(word)))
        .map(({ args }) => args.join(" ")),
    mistake: "ssl_protocols TLSv1 TLSv1.2;",
  },
};

const found = (text: string, check: Check): string[] =>
  findDirectives(parseConf(text), "server")
    .filter(({ block }) => block !== undefined)
    .flatMap((server) => check(server, findDirectives([server], "location")));

for (const [name, { check, mistake }] of Object.entries(checks)) {
  test(`no golden file has it: ${name}`, () => {
    for (const file of readdirSync(golden))
      assert.deepEqual(found(readFileSync(path.join(golden, file), "utf8"), check), [], file);
  });
  test(`and it would be found: ${name}`, () => {
    assert.notDeepEqual(found(`server { ${mistake} }`, check), []);
  });
}
