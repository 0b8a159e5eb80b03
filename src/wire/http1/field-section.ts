import { isAuthority, isPlainAuthority } from "./authority.ts";
import { HTAB, SP } from "./byte-class.ts";
import { readConnectionOptions } from "./connection-options.ts";
import { decideFraming, type Framing } from "./framing.ts";
import type { HeadScanner } from "./head-scanner.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What the request may use: a minor version above 1 counts as 1 (RFC 9110, section 2.5). */
export type Version = "1.0" | "1.1";

const HOST = Buffer.from("host");
const EXPECT = Buffer.from("expect");
const UPGRADE = Buffer.from("upgrade");
const CONNECTION = Buffer.from("connection");
const CONTENT_LENGTH = Buffer.from("content-length");
const FORWARDED_FOR = Buffer.from("x-forwarded-for");
const TRANSFER_ENCODING = Buffer.from("transfer-encoding");
const FORWARDED_PROTO = Buffer.from("x-forwarded-proto");

/**
 * The field lines of a head, checked, and what they say to a server. What may come once only is joined when it
 * is repeated, and refused as the list it then is. The list of all fields is made when it is asked for: few
 * apps look at more than one. Nothing of it changes: heads of the same lines may share one.
 */
export class FieldSection {
  readonly version: Version;
  /** Host's value; undefined where there is none, in HTTP/1.0. */
  readonly host: string | undefined;
  readonly framing: Framing;
  /** Whether the client lets the connection be used again (RFC 9112, section 9.3). */
  readonly keepAlive: boolean;
  /** The client waits for a 100 before it sends the body; false where there is none (RFC 9110, section 10.1.1). */
  readonly expectContinue: boolean;
  /** The Upgrade value, where Connection lists it, in HTTP/1.1 (RFC 9110, section 7.8). */
  readonly upgrade: string | undefined;
  /** X-Forwarded-For, its lines joined. */
  readonly forwardedFor: string | undefined;
  /** X-Forwarded-Proto, its lines joined. */
  readonly forwardedProto: string | undefined;
  /** Bytes, with the empty line that ends it. */
  readonly length: number;
  readonly #text: string;
  /** Of the field lines, four for each, as the scanner has them. */
  readonly #spans: readonly number[];
  #lines: string | undefined;
  #headers: string[] | undefined;

  /**
   * @param text the whole head, latin1
   * @param bytes the same from `from` on: to look at a byte takes a tenth of the time that a character takes
   * @param scanner the positions that it found in it
   * @throws ProtocolError
   */
  constructor(text: string, bytes: Uint8Array, from: number, scanner: HeadScanner) {
    const { version } = scanner;
    const end = scanner.count * 4;
    const spans = scanner.spans.slice(0, end);
    let hostCount = 0;
    let host: string | undefined;
    let isPlain = false;
    let connection: string | undefined;
    let length: string | undefined;
    let codings: string | undefined;
    let expect: string | undefined;
    let upgrade: string | undefined;
    let forwardedFor: string | undefined;
    let forwardedProto: string | undefined;

    for (let span = 0; span < end; span += 4) {
      const name = from + spans[span]!;
      const valueStart = from + spans[span + 2]!;
      let valueEnd = from + spans[span + 3]!;
      while (valueEnd > valueStart && isWhitespace(bytes[valueEnd - 1]!)) valueEnd--;
      spans[span + 3] = valueEnd - from;
      // Its length tells a name that means nothing here from most of those that do.
      switch (spans[span + 1]! + from - name) {
        case 4:
          if (!isName(bytes, name, HOST)) break;
          hostCount++;
          host = valueAt(text, spans, span);
          isPlain = isPlainAuthority(bytes, valueStart, valueEnd);
          break;
        case 6:
          if (isName(bytes, name, EXPECT)) expect = joined(expect, valueAt(text, spans, span));
          break;
        case 7:
          if (isName(bytes, name, UPGRADE)) upgrade = joined(upgrade, valueAt(text, spans, span));
          break;
        case 10:
          if (isName(bytes, name, CONNECTION)) connection = joined(connection, valueAt(text, spans, span));
          break;
        case 14:
          if (isName(bytes, name, CONTENT_LENGTH)) length = joined(length, valueAt(text, spans, span));
          break;
        case 15:
          if (isName(bytes, name, FORWARDED_FOR))
            forwardedFor = joined(forwardedFor, valueAt(text, spans, span));
          break;
        case 17:
          if (isName(bytes, name, TRANSFER_ENCODING)) codings = joined(codings, valueAt(text, spans, span));
          else if (isName(bytes, name, FORWARDED_PROTO))
            forwardedProto = joined(forwardedProto, valueAt(text, spans, span));
          break;
      }
    }

    checkHost(version, hostCount, host, isPlain);
    const framing = decideFraming(version, length, codings);
    const options = readConnectionOptions(connection);
    this.version = version;
    this.host = host === undefined ? undefined : sameHost(host);
    this.framing = framing;
    this.keepAlive = !options.close && (version === "1.1" || options.keepAlive);
    this.expectContinue = isContinueExpected(version, expect) && hasBody(framing);
    // An HTTP/1.0 client cannot upgrade: its Upgrade is to be ignored.
    this.upgrade = options.upgrade && version === "1.1" && upgrade !== "" ? upgrade : undefined;
    this.forwardedFor = forwardedFor;
    this.forwardedProto = forwardedProto;
    this.length = text.length - scanner.fieldsStart;
    this.#text = text;
    this.#spans = spans;
  }

  /** Names as sent and values without the whitespace around them, in turn, in the order of arrival; latin1. */
  get headers(): readonly string[] {
    this.#headers ??= fieldsAt(this.#text, this.#spans);
    return this.#headers;
  }

  /** The lines as they were sent; latin1. */
  get lines(): string {
    this.#lines ??= this.#text.slice(this.#text.length - this.length);
    return this.#lines;
  }
}

/** Names and values in turn. */
function fieldsAt(text: string, spans: readonly number[]): string[] {
  const headers: string[] = [];
  for (let span = 0; span < spans.length; span += 4)
    headers.push(text.slice(spans[span], spans[span + 1]), valueAt(text, spans, span));
  return headers;
}

/** Whether the name that starts there, which is a token as long as `lower`, is `lower` in any case. */
function isName(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  for (let at = 0; at < lower.length; at++) {
    // The bit that makes a letter small; no other byte of a token becomes a letter or "-" by it.
    if ((bytes[start + at]! | 0x20) !== lower[at]) return false;
  }
  return true;
}

function isWhitespace(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

function valueAt(text: string, spans: readonly number[], span: number): string {
  return text.slice(spans[span + 2], spans[span + 3]);
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

function checkHost(version: Version, count: number, host: string | undefined, isPlain: boolean): void {
  if (count > 1) throw badHost(`got ${count}`);
  if (host === undefined) {
    if (version === "1.1") throw badHost("got none");
    return;
  }
  if (!isPlain && host !== "" && !isAuthority(host))
    throw badHost(`got ${JSON.stringify(host.slice(0, 80))}`);
}

/** Hosts met lately. Strings that are the same object are compared at once. */
const hosts = new Map<string, string>();
const MOST_HOSTS = 64;
const LONGEST_HOST = 256;

function sameHost(host: string): string {
  const known = hosts.get(host);
  if (known !== undefined || host.length > LONGEST_HOST) return known ?? host;
  if (hosts.size === MOST_HOSTS) hosts.clear();
  // A part of a string keeps the whole of it, which may be a head of many kilobytes.
  const own = Buffer.from(host, "latin1").toString("latin1");
  hosts.set(own, own);
  return own;
}

function badHost(got: string): ProtocolError {
  const message = `Cannot tell which host is asked for: expected one Host, a name and a port at most: ${got}`;
  return new ProtocolError(400, "RFC 9112, section 3.2", message);
}

function isContinueExpected(version: Version, expect: string | undefined): boolean {
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
