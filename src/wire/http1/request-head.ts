import { FieldSection, type Version } from "./field-section.ts";
import type { Framing } from "./framing.ts";
import type { HeadScanner } from "./head-scanner.ts";
import { readTarget } from "./request-target.ts";

const SLASH = 0x2f;

/** A request without its body, checked. Nothing of it changes: requests of the same bytes may share one. */
export class Http1RequestHead {
  /** The whole of it, latin1. */
  readonly text: string;
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  readonly version: Version;
  /** The authority: of a target in absolute form, else Host's; "" where Host is empty, or missing in HTTP/1.0. */
  readonly host: string;
  /** Path and query in origin form; "*" for `OPTIONS *`. */
  readonly path: string;
  readonly fields: FieldSection;

  /**
   * @param text the whole head, latin1
   * @param bytes the same from `from` on
   * @param scanner the positions that it found in it
   * @param known its field section, where that was met before: of it nothing but the request line is read
   * @throws ProtocolError
   */
  constructor(text: string, bytes: Uint8Array, from: number, scanner: HeadScanner, known?: FieldSection) {
    const { methodEnd } = scanner;
    const method = commonMethod(bytes, from, methodEnd) ?? text.slice(0, methodEnd);
    const target = text.slice(methodEnd + 1, scanner.targetEnd);
    // One in origin form is the path itself.
    const isPath = bytes[from + methodEnd + 1] === SLASH && method !== "CONNECT";
    const { authority, path } = isPath ? { authority: undefined, path: target } : readTarget(method, target);
    const fields = known ?? new FieldSection(text, bytes, from, scanner);
    this.text = text;
    this.method = method;
    this.target = target;
    this.version = fields.version;
    this.host = authority ?? fields.host ?? "";
    this.path = path;
    this.fields = fields;
  }

  get framing(): Framing {
    return this.fields.framing;
  }

  get keepAlive(): boolean {
    return this.fields.keepAlive;
  }

  get expectContinue(): boolean {
    return this.fields.expectContinue;
  }

  get upgrade(): string | undefined {
    return this.fields.upgrade;
  }

  get forwardedFor(): string | undefined {
    return this.fields.forwardedFor;
  }

  get forwardedProto(): string | undefined {
    return this.fields.forwardedProto;
  }

  get headers(): readonly string[] {
    return this.fields.headers;
  }
}

const COMMON_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((method) => ({
  method,
  bytes: Buffer.from(method),
}));

/** One of the common ones without a new string: what is compared with it is the same string then. */
function commonMethod(bytes: Uint8Array, from: number, length: number): string | undefined {
  for (const common of COMMON_METHODS)
    if (common.bytes.length === length && isAt(bytes, from, common.bytes)) return common.method;
  return undefined;
}

function isAt(bytes: Uint8Array, from: number, wanted: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at++) if (bytes[from + at] !== wanted[at]) return false;
  return true;
}
