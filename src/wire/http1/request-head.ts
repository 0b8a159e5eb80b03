import { isAuthority } from "./authority.ts";
import { readConnectionOptions } from "./connection-options.ts";
import { decideFraming, type Framing } from "./framing.ts";
import type { HeadScanner } from "./head-scanner.ts";
import { endWithoutWhitespace } from "./list-members.ts";
import { ProtocolError } from "./protocol-error.ts";
import { readTarget } from "./request-target.ts";

/** A request without its body, checked. */
export interface Http1RequestHead {
  method: string;
  /** As it was sent. */
  target: string;
  /** What the request may use: a minor version above 1 counts as 1 (RFC 9110, section 2.5). */
  version: "1.0" | "1.1";
  /** Names as sent and values without the whitespace around them, in turn, in the order of arrival; latin1. */
  headers: string[];
  /** The authority: of a target in absolute form, else Host's; "" where Host is empty, or missing in HTTP/1.0. */
  host: string;
  /** Path and query in origin form; "*" for `OPTIONS *`. */
  path: string;
  framing: Framing;
  /** Whether the client lets the connection be used again (RFC 9112, section 9.3). */
  keepAlive: boolean;
  /** The client waits for a 100 before it sends the body; false where there is none (RFC 9110, section 10.1.1). */
  expectContinue: boolean;
  /** The Upgrade value, where Connection lists it, in HTTP/1.1 (RFC 9110, section 7.8). */
  upgrade: string | undefined;
}

/**
 * Makes the head out of its text and the positions that `scanner` found in it. What may come once
 * only is joined when it is repeated, and refused as the list it then is.
 * @throws ProtocolError
 */
export function readRequestHead(text: string, scanner: HeadScanner): Http1RequestHead {
  const { spans } = scanner;
  const end = scanner.count * 4;
  const headers: string[] = [];
  let hosts = 0;
  let host: string | undefined;
  let connection: string | undefined;
  let length: string | undefined;
  let codings: string | undefined;
  let expect: string | undefined;
  let upgrade: string | undefined;

  for (let span = 0; span < end; span += 4) {
    const name = text.slice(spans[span]!, spans[span + 1]!);
    const valueStart = spans[span + 2]!;
    const value = text.slice(valueStart, endWithoutWhitespace(text, valueStart, spans[span + 3]!));
    headers.push(name, value);
    // Its length tells a name that means nothing here from most of those that do.
    switch (name.length) {
      case 4:
        if (!isName(name, "Host", "host")) break;
        hosts++;
        host = value;
        break;
      case 6:
        if (isName(name, "Expect", "expect")) expect = joined(expect, value);
        break;
      case 7:
        if (isName(name, "Upgrade", "upgrade")) upgrade = joined(upgrade, value);
        break;
      case 10:
        if (isName(name, "Connection", "connection")) connection = joined(connection, value);
        break;
      case 14:
        if (isName(name, "Content-Length", "content-length")) length = joined(length, value);
        break;
      case 17:
        if (isName(name, "Transfer-Encoding", "transfer-encoding")) codings = joined(codings, value);
        break;
    }
  }

  const method = text.slice(0, scanner.methodEnd);
  const target = text.slice(scanner.methodEnd + 1, scanner.targetEnd);
  const version = scanner.minorVersion === 0 ? "1.0" : "1.1";
  const { authority, path } = readTarget(method, target);
  checkHost(version, hosts, host);
  const framing = decideFraming(version, length, codings);
  const options = readConnectionOptions(connection);
  return {
    method,
    target,
    version,
    headers,
    host: authority ?? host ?? "",
    path,
    framing,
    keepAlive: !options.close && (version === "1.1" || options.keepAlive),
    expectContinue: isContinueExpected(version, expect) && hasBody(framing),
    // An HTTP/1.0 client cannot upgrade: its Upgrade is to be ignored.
    upgrade: options.upgrade && version === "1.1" && upgrade !== "" ? upgrade : undefined,
  };
}

function isName(name: string, usual: string, lowerCase: string): boolean {
  return name === usual || name.toLowerCase() === lowerCase;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

function checkHost(version: "1.0" | "1.1", count: number, host: string | undefined): void {
  if (count > 1) throw badHost(`got ${count}`);
  if (host === undefined) {
    if (version === "1.1") throw badHost("got none");
    return;
  }
  if (host !== "" && !isAuthority(host)) throw badHost(`got ${JSON.stringify(host.slice(0, 80))}`);
}

function badHost(got: string): ProtocolError {
  const message = `Cannot tell which host is asked for: expected one Host, a name and a port at most: ${got}`;
  return new ProtocolError(400, "RFC 9112, section 3.2", message);
}

function isContinueExpected(version: "1.0" | "1.1", expect: string | undefined): boolean {
  if (expect === undefined || version === "1.0") return false;
  if (expect.toLowerCase() === "100-continue") return true;
  const got = JSON.stringify(expect.slice(0, 80));
  throw new ProtocolError(
    417,
    "RFC 9110, section 10.1.1",
    `Cannot meet the expectation: expected 100-continue: got ${got}`,
  );
}

function hasBody(framing: Framing): boolean {
  return framing.kind === "chunked" || (framing.kind === "length" && framing.length > 0);
}
