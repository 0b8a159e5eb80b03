import type { RequestHead } from "../app/exchange.ts";
import type { Transport } from "../transport/transport.ts";
import { variableName } from "../wire/cgi/variable-name.ts";
import type { Http1RequestHead } from "../wire/http1/request-decoder.ts";
import type { HttpClient } from "./http-client.ts";
import { plainAddress } from "./trust.ts";

/** Fields in a list in which each is looked for among those before it. */
const MOST_LISTED = 48;

/** A request that came over HTTP, with what a trusted proxy in front of it says of the client. */
export class HttpFacts implements RequestHead {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Whether a trusted proxy has passed it on. */
  readonly isRelayed: boolean;
  /** Whether the peer's word is taken: it may be a web server. */
  readonly isTrusted: boolean;
  readonly #head: Http1RequestHead;
  readonly #transport: Transport;
  #headers: string[] | undefined;
  #user: string | undefined;
  #authType: "Basic" | undefined;
  #variables: Record<string, string> | undefined;

  constructor(head: Http1RequestHead, transport: Transport, client: HttpClient) {
    this.method = head.method;
    this.target = head.path;
    this.httpVersion = head.version;
    this.#head = head;
    this.host = head.host;
    this.#transport = transport;
    this.isRelayed = client.isRelayed;
    this.isTrusted = client.isTrusted;
    this.remoteAddress = client.address;
    this.remotePort = client.port;
    this.scheme = client.scheme;
  }

  get headers(): readonly string[] {
    if (this.#headers) return this.#headers;
    const { headers, target, path, host } = this.#head;
    if (target === path) return headers;
    this.#headers = withHost(headers, host);
    return this.#headers;
  }

  get isOverTcp(): boolean {
    return !this.#transport.isUnix;
  }

  /** Who a client is by its certificate; undefined: it has shown none. */
  get clientSubject(): string | undefined {
    return this.#transport.tls?.clientSubject;
  }

  /**
   * Tells the app who was let in, in `REMOTE_USER` and X-Remote-User, as the sites that Portico writes do;
   * undefined: nobody. What the client said there itself is taken away.
   */
  identify(user: string | undefined, type?: "Basic"): void {
    this.replaceField("X-Remote-User", user);
    this.#user = user;
    this.#authType = type;
  }

  /** What the app sees of a field, whatever the client sent; undefined: nothing. */
  replaceField(name: string, value: string | undefined): void {
    const others = without(this.headers, name.toLowerCase());
    this.#headers = value === undefined ? others : [...others, name, value];
    this.#variables = undefined;
  }

  /**
   * Takes a field away from the app.
   * @param name in lower case
   * @returns its value, the first one's where there are several; undefined: it was not sent
   */
  take(name: string): string | undefined {
    const { headers } = this;
    const at = headers.findIndex(
      (text, i) => i % 2 === 0 && text.length === name.length && text.toLowerCase() === name,
    );
    if (at < 0) return undefined;
    this.#headers = without(headers, name);
    return headers[at + 1];
  }

  /** As RFC 3875 names them; HTTP_* in the order of the fields, repeated ones joined. */
  variables(): Readonly<Record<string, string>> {
    this.#variables ??= this.#makeVariables();
    return this.#variables;
  }

  otherVariables(): readonly string[] | undefined {
    const { headers } = this;
    if (headers.length > MOST_LISTED * 2) return undefined;
    const { name, port } = authority(this.host);
    const { localAddress, tls } = this.#transport;
    const list = ["SERVER_NAME", name, "SERVER_PORT", port || (this.scheme === "https" ? "443" : "80")];
    if (this.scheme === "https") list.push("HTTPS", "on");
    if (localAddress !== "") list.push("SERVER_ADDR", plainAddress(localAddress));
    if (this.#user !== undefined) list.push("REMOTE_USER", this.#user, "AUTH_TYPE", "Basic");
    if (tls?.clientName !== undefined) list.push("HTTPS_DN", tls.clientName);
    const from = list.length;
    for (let i = 0; i < headers.length; i += 2) {
      const key = variableName(headers[i]!);
      if (key === undefined) continue;
      let at = from;
      while (at < list.length && list[at] !== key) at += 2;
      if (at === list.length) list.push(key, headers[i + 1]!);
      else list[at + 1] = joined(key, list[at + 1]!, headers[i + 1]!);
    }
    return list;
  }

  #makeVariables(): Record<string, string> {
    const question = this.target.indexOf("?");
    const path = question < 0 ? this.target : this.target.slice(0, question);
    const { name, port } = authority(this.host);
    const { localAddress, tls } = this.#transport;
    const variables = Object.create(null) as Record<string, string>;
    variables["REQUEST_METHOD"] = this.method;
    variables["REQUEST_URI"] = this.target;
    variables["SCRIPT_NAME"] = "";
    variables["PATH_INFO"] = decodePath(path);
    variables["QUERY_STRING"] = question < 0 ? "" : this.target.slice(question + 1);
    variables["SERVER_PROTOCOL"] = `HTTP/${this.httpVersion}`;
    variables["SERVER_NAME"] = name;
    variables["SERVER_PORT"] = port || (this.scheme === "https" ? "443" : "80");
    variables["REQUEST_SCHEME"] = this.scheme;
    variables["REMOTE_ADDR"] = this.remoteAddress;
    variables["REMOTE_PORT"] = String(this.remotePort || "");
    if (this.scheme === "https") variables["HTTPS"] = "on";
    if (this.#user !== undefined) {
      variables["REMOTE_USER"] = this.#user;
      if (this.#authType !== undefined) variables["AUTH_TYPE"] = this.#authType;
    }
    if (tls?.clientName !== undefined) variables["HTTPS_DN"] = tls.clientName;
    if (localAddress !== "") variables["SERVER_ADDR"] = plainAddress(localAddress);
    const { headers } = this;
    for (let i = 0; i < headers.length; i += 2) {
      const key = variableName(headers[i]!);
      if (key === undefined) continue;
      const before = variables[key];
      const value = headers[i + 1]!;
      variables[key] = before === undefined ? value : joined(key, before, value);
    }
    return variables;
  }
}

/** A field that is repeated is one variable (RFC 3875, section 4.1.18). */
function joined(key: string, before: string, value: string): string {
  return `${before}${key === "HTTP_COOKIE" ? "; " : ", "}${value}`;
}

/**
 * The authority of a target in absolute form in place of what Host says (RFC 9112, section 3.2.2): an app
 * that looks at one must not see another host than one that looks at the other.
 */
function withHost(headers: readonly string[], host: string): string[] {
  return ["Host", host, ...without(headers, "host")];
}

/** @param name in lower case */
function without(headers: readonly string[], name: string): string[] {
  return headers.filter((_, at) => headers[at - (at % 2)]!.toLowerCase() !== name);
}

/** Host as it was checked: what is behind the last colon of it, where these are digits, is the port. */
function authority(host: string): { name: string; port: string } {
  const colon = host.lastIndexOf(":");
  if (colon < 0 || colon === host.length - 1) return { name: host, port: "" };
  for (let at = colon + 1; at < host.length; at++)
    if (host.charCodeAt(at) < 0x30 || host.charCodeAt(at) > 0x39) return { name: host, port: "" };
  return { name: host.slice(0, colon), port: host.slice(colon + 1) };
}

function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
