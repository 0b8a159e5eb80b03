import path from "node:path";
import type { SiteDraft } from "../draft.ts";
import { isWithin } from "../effective.ts";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { readPath, readWords, refuseVariables, scoped, wanted } from "../setting-values.ts";
import { SiteError } from "../site-error.ts";
import { addQuestion } from "./auth-request.ts";
import { IDENTITY_FIELD } from "./identity.ts";

export type Rule = { readonly path: string; readonly where: string } & (
  | { readonly kind: "basic"; readonly file: string; readonly realm: string }
  | { readonly kind: "request"; readonly target: string; readonly user: string }
  | { readonly kind: "certificate" }
  | { readonly kind: "off" }
);

interface Auth {
  readonly rules: Rule[];
  /** Whether an address or a name is enough ("any"), by path. */
  readonly satisfied: Map<string, "any" | "all">;
  authorities: string | undefined;
}

/** Who may come in, by name; the app is told who it is, in words that no client can say itself. */
export const auth = feature<Auth>({
  settings: {
    auth: {
      text: "[/path] basic FILE [realm=TEXT]: by name and password from an htpasswd file, which `portico nginx passwd` writes. [/path] request TARGET [user=X-Remote-User]: by asking TARGET, a path of the app or an http:// address, which answers 2xx to let in, 401 or 403 to not, and names the user in that field. [/path] certificate: by a client certificate (client-certificate). [/path] off: nobody is asked. The app gets the name in X-Remote-User, over uwsgi and FastCGI in REMOTE_USER too.",
      read(value, { rules }, { chdir, where }) {
        const rule = readRule(value, chdir, where);
        if (rules.some((other) => other.path === rule.path)) throw wanted("each path once", value);
        rules.push(rule);
      },
    },
    satisfy: {
      text: "[/path] any or all: whether an address that access lets in, or a name that auth lets in, is enough, or both are wanted. Default: all. With any the app is told no name that basic auth was given.",
      read(value, { satisfied }) {
        const { path, word } = readSatisfied(value);
        satisfied.set(path, word);
      },
    },
    "client-certificate": {
      text: "FILE: certificates (PEM) of the authorities whose clients `auth = certificate` lets in.",
      read(value, into, { chdir }) {
        into.authorities = readAuthorities(value, chdir);
      },
    },
  },
  begin: () => ({ rules: [], satisfied: new Map(), authorities: undefined }),
  add({ rules, satisfied, authorities }, draft) {
    for (const [path, word] of satisfied) draft.at(path).set("satisfy", [`satisfy ${word};`]);
    if (rules.length === 0) return;
    draft.pathsMatter = true;
    if (rules.some(({ kind }) => kind === "certificate")) {
      if (authorities === undefined)
        throw new SiteError(
          `${rules.find(({ kind }) => kind === "certificate")!.where}it wants client-certificate too`,
        );
      draft.clientAuthorities = authorities;
    }
    // An `if` is not inherited by locations the way it reads.
    draft.inLocations.add("certificate");
    const kinds = new Set(rules.map(({ kind }) => kind));
    if (kinds.has("basic")) draft.guards.add("auth_basic");
    if (kinds.has("request")) {
      const asked = rules.find(({ kind }) => kind === "request")!;
      // Left out it would let everybody in.
      if (!draft.input.nginx.modules.has("http_auth_request"))
        throw new SiteError(`${asked.where}this NGINX was built without its auth_request module`);
      draft.guards.add("auth_request");
    }
    for (const rule of rules) addRule(draft, rule, kinds);
    // One whom the address let in was not asked for a password, and may say any name.
    const paths = [...rules.map((rule) => rule.path), ...satisfied.keys()];
    for (const at of paths) {
      const rule = nearest(rules, at);
      if (rule?.kind !== "basic") continue;
      const any =
        nearest(
          [...satisfied].map(([path, word]) => ({ path, word })),
          at,
        )?.word === "any";
      identify(draft, at, any ? "" : "$remote_user");
    }
  },
});

/** `[/path] basic FILE …` and its kin. */
export function readRule(value: string, chdir: string, where: string): Rule {
  const { path: at, words } = scoped(value);
  const [kind, ...rest] = words;
  const bad = wanted("[/path] basic FILE, request TARGET, certificate or off", value);
  if (kind === "basic") {
    const { plain, last } = readWords(rest, ["realm"], value);
    const realm = last("realm") ?? "Restricted";
    if (plain.length !== 1 || !/^[^$"\\]+$/.test(realm)) throw bad;
    return { path: at, where, kind, file: refuseVariables(path.resolve(chdir, plain[0]!)), realm };
  }
  if (kind === "request") {
    const { plain, last } = readWords(rest, ["user"], value);
    const [target = ""] = plain;
    const user = last("user") ?? IDENTITY_FIELD;
    const fits =
      /^https?:\/\/[\w.:[\]-]+\/[\w./~-]*$/.test(target) ||
      (target.startsWith("/") && readPath(target) !== "");
    if (plain.length !== 1 || !fits || !/^[A-Za-z][A-Za-z\d-]*$/.test(user)) throw bad;
    return { path: at, where, kind, target, user };
  }
  if ((kind === "certificate" || kind === "off") && rest.length === 0) return { path: at, where, kind };
  throw bad;
}

/** A file, absolute. */
export function readAuthorities(value: string, chdir: string): string {
  if (value === "") throw wanted("a file", value);
  return refuseVariables(path.resolve(chdir, value));
}

/** `[/path] any` or `all` */
export function readSatisfied(value: string): { readonly path: string; readonly word: "any" | "all" } {
  const { path, words } = scoped(value);
  const [word] = words;
  if (words.length !== 1 || (word !== "any" && word !== "all")) throw wanted("[/path] any or all", value);
  return { path, word };
}

function addRule(draft: SiteDraft, rule: Rule, kinds: ReadonlySet<string>): void {
  const scope = draft.at(rule.path);
  const off = [
    ...(kinds.has("basic") ? ["auth_basic off;"] : []),
    ...(kinds.has("request") ? ["auth_request off;"] : []),
  ];
  const otherKinds = off.filter((line) => !line.startsWith(`auth_${rule.kind} `));
  // Below a path that another kind guards, that one is lifted.
  const lift = rule.path === "" ? [] : otherKinds;
  let user = "";
  scope.set("certificate", []);
  switch (rule.kind) {
    case "basic":
      scope.set("auth", [
        `auth_basic ${quote(rule.realm)};`,
        `auth_basic_user_file ${quote(rule.file)};`,
        ...lift,
      ]);
      break;
    case "request": {
      const variable = `$${draft.name("user", rule.user)}`;
      user = variable;
      const at = `/.${draft.name("auth", rule.target)}`;
      scope.set("auth", [
        `auth_request ${at};`,
        `auth_request_set ${variable} $upstream_http_${rule.user.toLowerCase().replaceAll("-", "_")};`,
        ...lift,
      ]);
      addQuestion(draft, at, rule.target);
      break;
    }
    case "certificate":
      user = "$ssl_client_s_dn";
      scope.set("auth", lift);
      scope.set("certificate", ["if ($ssl_client_verify != SUCCESS) {", "    return 403;", "}"]);
      break;
    case "off":
      scope.set("auth", off);
  }
  identify(draft, rule.path, user);
}

/** Tells the app who it is; "": nobody that NGINX knows. */
function identify(draft: SiteDraft, path: string, user: string): void {
  draft.at(path).fields.set(IDENTITY_FIELD, user || '""');
  draft.at(path).variables.set("REMOTE_USER", user && `${user} if_not_empty`);
}

function nearest<Held extends { readonly path: string }>(all: readonly Held[], at: string): Held | undefined {
  return all.filter(({ path }) => isWithin(at, path)).sort((a, b) => b.path.length - a.path.length)[0];
}
