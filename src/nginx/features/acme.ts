import path from "node:path";
import { blockOf } from "../block.ts";
import type { SiteDraft } from "../draft.ts";
import { quote } from "../quote.ts";
import { readWords, refuseVariables, wanted, wordsOf } from "../setting-values.ts";
import type { KeyPair } from "./tls-pair.ts";

/** A client that fetches certificates (RFC 8555) by answering its challenge over HTTP. */
export interface Acme {
  readonly client: "certbot" | "lego";
  /** Where the client puts its answers; undefined: a folder of Portico's. */
  readonly webroot: string | undefined;
  /** Where the client keeps what it fetched. */
  readonly folder: string;
}

/** Where certbot keeps what it fetched, unless it is told. */
const CERTBOT_FOLDER = "/etc/letsencrypt";

export function readAcme(value: string, chdir: string): Acme {
  const { plain, last } = readWords(wordsOf(value), ["webroot", "path"], value);
  const [client] = plain;
  const absolute = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : refuseVariables(path.resolve(chdir, text));
  if (plain.length !== 1 || (client !== "certbot" && client !== "lego"))
    throw wanted("certbot or lego, with webroot=DIR and path=DIR, or nginx", value);
  const usual = client === "certbot" ? CERTBOT_FOLDER : path.join(chdir, ".lego");
  return { client, webroot: absolute(last("webroot")), folder: absolute(last("path")) ?? usual };
}

/** The pair that the client fetched; where it did not yet, undefined and a note that says how. */
export function issuedPair(draft: SiteDraft, acme: Acme): KeyPair | undefined {
  const names = draft.serverNames.filter((name) => /^[\w-]+(?:\.[\w-]+)+$/.test(name));
  const [name] = names;
  if (name === undefined) {
    draft.notes.push("acme wants a server-name that is a host's own, such as example.com: the site has none");
    return undefined;
  }
  const pair =
    acme.client === "certbot"
      ? {
          certificate: path.join(acme.folder, "live", name, "fullchain.pem"),
          key: path.join(acme.folder, "live", name, "privkey.pem"),
        }
      : {
          certificate: path.join(acme.folder, "certificates", `${name}.crt`),
          key: path.join(acme.folder, "certificates", `${name}.key`),
        };
  if (draft.input.exists(pair.certificate)) return pair;
  const domains = names.map((host) => `-d ${host}`).join(" ");
  const root = webrootOf(draft, acme);
  const command =
    acme.client === "certbot"
      ? `certbot certonly ${acme.folder === CERTBOT_FOLDER ? "" : `--config-dir ${acme.folder} `}--webroot -w ${root} ${domains} --deploy-hook "nginx -s reload"`
      : `lego --path ${acme.folder} --http --http.webroot ${root} ${domains.replaceAll("-d ", "--domains ")} --email YOU@${name} run`;
  draft.notes.push(
    `${pair.certificate} is not there yet, so the site speaks plain HTTP. Fetch it, then install the site again: ${command}`,
  );
  return undefined;
}

/** The location of the challenge (RFC 8555, section 8.3), open to all whatever guards the site. */
export function challengeLocation(draft: SiteDraft, acme: Acme): string[][] {
  const root = webrootOf(draft, acme);
  draft.open.push("~^/\\.well-known/acme-challenge/");
  if (acme.webroot === undefined && !draft.folders.includes(root))
    draft.folders.push(draft.input.stateFolder, root);
  return [
    blockOf("location ^~ /.well-known/acme-challenge/", [
      [`root ${quote(root)};`, "default_type text/plain;", ...draft.liftGuards(), "try_files $uri =404;"],
    ]),
  ];
}

function webrootOf(draft: SiteDraft, { webroot }: Acme): string {
  return webroot ?? `${draft.input.stateFolder}/acme`;
}
