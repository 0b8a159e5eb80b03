import { cacheKey } from "../cache-files.ts";
import { columns } from "../columns.ts";
import type { Here, PassModule, SiteDraft } from "../draft.ts";
import { isWithin, passModule } from "../effective.ts";
import { feature } from "../feature.ts";
import { cacheFolder, cacheParent } from "../made-files.ts";
import { quote } from "../quote.ts";
import { readSender, type Sender, senderVariable } from "../sender.ts";
import { readSize, readTime, readWords, scoped, wanted } from "../setting-values.ts";
import { IDENTITY_FIELD } from "./identity.ts";

interface Rule {
  readonly path: string;
  readonly on: boolean;
  /** How long to keep what says nothing itself; undefined: not at all. */
  readonly time: string | undefined;
  /** What marks a request as somebody's own; undefined: any cookie does. */
  readonly users: readonly Sender[] | undefined;
  /** The app is asked without cookies, and what it sets is taken off. */
  readonly dropsCookies: boolean;
  /** Whoever may come in may have what others were answered. */
  readonly sharesAuthorised: boolean;
  readonly bypass: readonly Sender[];
  readonly stale: boolean;
}

interface Caching {
  readonly rules: Rule[];
  size: string;
  idle: string;
}

/** Answers that are kept, and given again without asking the app. */
export const cache = feature<Caching>({
  settings: {
    cache: {
      text: "[/path] [TIME] [user=cookie:NAME] [user=header:NAME] [bypass=cookie:NAME] [bypass=header:NAME] [cookies=drop] [authorised=shared] [stale=off], or [/path] off: keeps answers to GET and HEAD for as long as their Cache-Control says, and those without one for TIME. A request with a cookie or Authorization is somebody's own: it is not answered from the cache, and its answer is kept only where it says `public`. user= names the cookies and fields that tell a user, and then other cookies do not count; cookies=drop asks the app without cookies and takes off those that it sets; authorised=shared gives what one user was answered to all that auth lets in.",
      read(value, { rules }) {
        const rule = readRule(value);
        if (rules.some(({ path }) => path === rule.path)) throw wanted("each path once", value);
        rules.push(rule);
      },
    },
    "cache-size": {
      text: "SIZE: the most that the cache takes on disk. Default: 1g.",
      read: (value, into) => {
        into.size = readSize(value);
      },
    },
    "cache-inactive": {
      text: "TIME: what nobody asks for goes after it, fresh or not. Default: 1h.",
      read: (value, into) => {
        into.idle = readTime(value);
      },
    },
  },
  begin: () => ({ rules: [], size: "1g", idle: "1h" }),
  add({ rules, size, idle }, draft) {
    if (!rules.some(({ on }) => on)) return;
    const { stateFolder } = draft.input;
    draft.folders.push(stateFolder, cacheParent(stateFolder));
    draft.pathsMatter = true;
    // NGINX has a zone for each wire, and makes the folder itself, for its own user.
    for (const module of new Set([draft.main, ...draft.mounts].map(passModule))) {
      const other = module === passModule(draft.main) ? undefined : module;
      const folder = cacheFolder(stateFolder, draft.id, other);
      draft.cacheFolders.push(folder);
      draft.http.push([
        `${module}_cache_path ${quote(folder)} levels=1:2 keys_zone=${zone(draft, module)}:10m`,
        `    max_size=${size} inactive=${idle} use_temp_path=off;`,
      ]);
    }
    for (const rule of rules) {
      const above = rules.filter(({ path, dropsCookies }) => dropsCookies && isWithin(rule.path, path));
      addRule(draft, rule, above.length > 0);
    }
    draft.at("").headers.set("X-Cache", "$upstream_cache_status always");
  },
});

function readRule(value: string): Rule {
  const { path, words } = scoped(value);
  const keys = ["user", "bypass", "cookies", "authorised", "stale"];
  const { plain, all, last } = readWords(words, keys, value);
  const [time, ...more] = plain;
  const fits = (key: string, only: string): boolean => last(key) === undefined || last(key) === only;
  if (more.length > 0 || !fits("cookies", "drop") || !fits("authorised", "shared") || !fits("stale", "off"))
    throw wanted("[/path] [TIME] and words such as user=cookie:NAME, or [/path] off", value);
  return {
    path,
    on: time !== "off",
    time: time === undefined || time === "off" ? undefined : readTime(time),
    users: all("user").length > 0 ? all("user").map(readSender) : undefined,
    dropsCookies: last("cookies") !== undefined,
    sharesAuthorised: last("authorised") !== undefined,
    bypass: all("bypass").map(readSender),
    stale: last("stale") === undefined,
  };
}

function addRule(draft: SiteDraft, rule: Rule, belowDropped: boolean): void {
  const scope = draft.at(rule.path);
  if (rule.dropsCookies) scope.fields.set("Cookie", '""');
  else if (belowDropped) scope.fields.set("Cookie", "$http_cookie");
  if (!rule.on) {
    scope.set("cache", ({ module }) => [[`${module}_cache off;`]]);
    return;
  }
  const own = ownRequests(draft, rule);
  const bypass = rule.bypass.map((sender) => senderVariable(draft, sender));
  scope.set("cache", (here) => [lines(draft, rule, here, own, bypass)]);
  // What is not buffered is not kept either.
  scope.set("buffering", ({ module }) => [
    [
      ...(module === "uwsgi" ? [] : [`${module}_request_buffering off;`]),
      `${module}_buffering on;  # what streams is not kept`,
      `${module}_buffer_size 16k;`,
      `${module}_buffers 8 16k;`,
    ],
  ]);
}

/** Variables for a request that is somebody's own, and for an answer to one that must not be kept. */
function ownRequests(draft: SiteDraft, rule: Rule): { request: string; answer: string } {
  const cookies = rule.dropsCookies ? [] : ["$http_cookie"];
  const told = [
    ...(rule.sharesAuthorised ? [] : ["$http_authorization"]),
    ...(rule.users?.map((sender) => senderVariable(draft, sender)) ?? cookies),
  ];
  const request = `$${draft.name("own", told.join(""))}`;
  const answer = `$${draft.name("private", told.join(""))}`;
  draft.addMap([
    "# A request that is somebody's own is not answered with what another was given.",
    `map "${told.join("")}" ${request} {`,
    ...columns([
      ["    default", "own;"],
      ['    ""', '"";'],
    ]),
    "}",
  ]);
  draft.addMap([
    "# And its answer is kept only where the app says that it is for all (RFC 9111, section 3.5).",
    `map "${request}:$upstream_http_cache_control" ${answer} {`,
    '    default "";',
    '    "~*^own:(.*[, ])?(public|s-maxage=[1-9])" "";',
    '    "~^own:" private;',
    "}",
  ]);
  return { request, answer };
}

function lines(
  draft: SiteDraft,
  rule: Rule,
  { module, fields }: Here,
  own: { request: string; answer: string },
  bypass: readonly string[],
): string[] {
  const identified = (fields.get(IDENTITY_FIELD) ?? '""') !== '""';
  // Who came in by auth is somebody, whatever it was that told.
  const always = identified && !rule.sharesAuthorised;
  const upgrade = module === "proxy" ? [`$${draft.id}_upgrade`] : [];
  const failures = ["error", "timeout", "invalid_header", "updating", "http_500"];
  const more = module === "proxy" ? ["http_502", "http_503", "http_504"] : ["http_503"];
  return [
    `${module}_cache ${zone(draft, module)};`,
    `${module}_cache_key ${quote(cacheKey(draft.id, fields.get("X-Forwarded-Proto") ?? "$scheme"))};`,
    ...(rule.time === undefined ? [] : [`${module}_cache_valid 200 301 308 404 ${rule.time};`]),
    `${module}_cache_bypass ${[...(always ? ['"own"'] : [own.request]), ...bypass, ...upgrade].join(" ")};`,
    `${module}_no_cache ${[...(always ? ['"own"'] : [own.answer]), ...bypass, ...upgrade].join(" ")};`,
    `${module}_cache_lock on;  # of many that ask at once one is passed on`,
    `${module}_cache_revalidate on;`,
    ...(rule.stale
      ? [
          "# While one asks for a newer one, or when the app fails, the old answer is given.",
          `${module}_cache_use_stale ${[...failures, ...more].join(" ")};`,
          `${module}_cache_background_update on;`,
        ]
      : []),
    ...(rule.dropsCookies
      ? [
          "# Asked without cookies: nothing in the answer is anybody's own.",
          `${module}_ignore_headers Set-Cookie;`,
          `${module}_hide_header Set-Cookie;`,
        ]
      : []),
  ];
}

function zone(draft: SiteDraft, module: PassModule): string {
  return `${draft.id}_cache${module === passModule(draft.main) ? "" : `_${module}`}`;
}
