import type { RequestHead } from "../app/exchange.ts";
import { cgiRequest, cgiVariables } from "../wire/cgi/request-facts.ts";
import type { Peer } from "./trust.ts";

/** What only a trusted web server may say: who the client is, and what it vouches for. */
const TOLD_BY_SERVER = new Set([
  "REMOTE_ADDR",
  "REMOTE_PORT",
  "REMOTE_USER",
  "REMOTE_IDENT",
  "REMOTE_HOST",
  "AUTH_TYPE",
  "HTTPS",
  "HTTPS_DN",
  "REQUEST_SCHEME",
  "SERVER_ADDR",
]);

/** A request that came as variables (uwsgi, FastCGI), as the web server saw it. */
export class CgiFacts implements RequestHead {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: readonly string[];
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #list: readonly string[];
  #variables: Readonly<Record<string, string>> | undefined;

  /** @throws CgiError where the variables make no request. */
  constructor(variables: readonly string[], peer: Peer) {
    this.#list = peer.trusted ? variables : withoutVouched(variables, peer);
    const request = cgiRequest(this.#list);
    this.method = request.method;
    this.target = request.target;
    this.httpVersion = request.httpVersion;
    this.headers = request.headers;
    this.scheme = request.scheme;
    this.host = request.host;
    this.remoteAddress = request.remoteAddress;
    this.remotePort = request.remotePort;
  }

  variables(): Readonly<Record<string, string>> {
    this.#variables ??= cgiVariables(this.#list);
    return this.#variables;
  }
}

/** What an untrusted peer may say: the request itself. Who sent it is then the peer. */
function withoutVouched(variables: readonly string[], peer: Peer): string[] {
  const kept: string[] = [];
  for (let i = 0; i < variables.length; i += 2)
    if (!TOLD_BY_SERVER.has(variables[i]!)) kept.push(variables[i]!, variables[i + 1]!);
  kept.push("REMOTE_ADDR", peer.address, "REMOTE_PORT", String(peer.port));
  return kept;
}
