import { FieldSection, type Version } from "./field-section.ts";
import type { Framing } from "./framing.ts";
import type { HeadScanner } from "./head-scanner.ts";
import { readTarget } from "./request-target.ts";

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
   * @param scanner the positions that it found in it
   * @param known its field section, where that was met before: of it nothing but the request line is read
   * @throws ProtocolError
   */
  constructor(text: string, scanner: HeadScanner, known?: FieldSection) {
    const method = methodOf(text, scanner.methodEnd);
    const target = text.slice(scanner.methodEnd + 1, scanner.targetEnd);
    const { authority, path } = readTarget(method, target);
    const fields = known ?? new FieldSection(scanner.version, text, scanner);
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

const COMMON_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** One of the common ones without a new string: what is compared with it is the same string then. */
function methodOf(text: string, end: number): string {
  for (const method of COMMON_METHODS) if (method.length === end && text.startsWith(method)) return method;
  return text.slice(0, end);
}
