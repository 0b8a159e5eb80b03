import { BYTE_CLASS, COLON, CR, HTAB, LF, SP, TARGET, TOKEN, VALUE } from "./byte-class.ts";
import * as part from "./head-part.ts";
import { headRefusal } from "./head-refusal.ts";
import type { Http1Limits } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";

/** No registered method has half of it; section 3 wants a 501 for one that is too long. */
const LONGEST_METHOD = 32;
const VERSION_PATTERN = Buffer.from("HTTP/1.1", "latin1");
const DIGIT_ZERO = 0x30;

/**
 * Finds the parts of a head, or of a trailer section, reading every byte once however it is cut into
 * pieces, and refusing it at the first byte that cannot belong: no waiting for a sender known to be
 * wrong, and no answer that depends on where the network cut. Positions count from the head's start.
 */
export class HeadScanner {
  /** Bytes read of this head. */
  length = 0;
  /** The last LF has been read. */
  done = false;
  methodEnd = 0;
  targetEnd = 0;
  /** The digit after "HTTP/1.". */
  minorVersion = 0;
  /** Field lines read. */
  count = 0;
  /** Where the request line has ended; 0 before. */
  fieldsStart = 0;
  /** Four positions a field line: of the name and of the value, with the whitespace after it, start and end. */
  readonly spans: number[] = [];

  readonly #limits: Http1Limits;
  #part: part.Part = part.METHOD;
  #majorVersion = 1;
  /** A head that is not complete after so many bytes is over its limit. */
  #bound = 0;

  constructor(limits: Http1Limits) {
    this.#limits = limits;
    this.startHead();
  }

  startHead(): void {
    this.#start(part.METHOD, Math.min(this.#limits.requestLine + 2, this.#limits.head));
  }

  /** Trailers are field lines and the empty line (RFC 9112, section 7.1.2). */
  startTrailers(): void {
    this.#start(part.LINE_START, this.#limits.trailers);
  }

  get version(): "1.0" | "1.1" {
    return this.minorVersion === 0 ? "1.0" : "1.1";
  }

  /** Whether of this head the request line has been read, and nothing else, and all of it may have so many bytes. */
  awaitsFields(total: number): boolean {
    return this.length > 0 && this.length === this.fieldsStart && total <= this.#bound;
  }

  #start(first: part.Part, bound: number): void {
    this.#part = first;
    this.#bound = bound;
    this.length = 0;
    this.done = false;
    this.count = 0;
    this.fieldsStart = 0;
  }

  /**
   * Reads bytes from `from`, before `to`; returns the position after the last one read, which is
   * `to` unless the head is done: of what follows nothing is read. @throws ProtocolError
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    if (this.done) return from;
    const shift = this.length - from;
    let end = Math.min(to, this.#bound - shift);
    let at = from;
    let current = this.#part;
    let span = this.count * 4;

    while (at < end) {
      let byte = bytes[at]!;
      switch (current) {
        case part.METHOD:
          if ((BYTE_CLASS[byte]! & TOKEN) !== 0) {
            if (at + shift >= LONGEST_METHOD) throw methodTooLong();
            at++;
            continue;
          }
          if (byte !== SP || at + shift === 0) throw headRefusal(current, byte);
          this.methodEnd = at + shift;
          current = part.TARGET;
          break;

        case part.TARGET:
          if ((BYTE_CLASS[byte]! & TARGET) !== 0) {
            at = skip(bytes, at + 1, end, TARGET);
            if (at === end) continue;
            byte = bytes[at]!;
          }
          if (byte !== SP || at + shift === this.methodEnd + 1) throw headRefusal(current, byte);
          this.targetEnd = at + shift;
          current = part.VERSION;
          break;

        case part.VERSION:
          if (this.#version(byte, at + shift - this.targetEnd - 1)) current = part.REQUEST_LINE_LF;
          break;

        case part.REQUEST_LINE_LF:
          if (byte !== LF) throw headRefusal(current, byte);
          this.fieldsStart = at + 1 + shift;
          current = part.FIRST_LINE_START;
          this.#bound = this.#limits.head;
          end = Math.min(to, this.#bound - shift);
          break;

        case part.FIRST_LINE_START:
        case part.LINE_START:
          if (byte === CR) {
            current = part.LAST_LF;
            break;
          }
          if ((BYTE_CLASS[byte]! & TOKEN) === 0) throw headRefusal(current, byte);
          if (this.count === this.#limits.headerCount) throw tooManyFields(this.count);
          this.spans[span] = at + shift;
          current = part.NAME;
          break;

        case part.NAME:
          if ((BYTE_CLASS[byte]! & TOKEN) !== 0) {
            at = skip(bytes, at + 1, end, TOKEN);
            if (at === end) continue;
            byte = bytes[at]!;
          }
          if (byte !== COLON) throw headRefusal(current, byte);
          this.spans[span + 1] = at + shift;
          current = part.BEFORE_VALUE;
          break;

        case part.BEFORE_VALUE:
          if (byte === SP || byte === HTAB) break;
          this.spans[span + 2] = at + shift;
          current = part.VALUE;
          continue;

        case part.VALUE:
          if ((BYTE_CLASS[byte]! & VALUE) !== 0) {
            at = skip(bytes, at + 1, end, VALUE);
            if (at === end) continue;
            byte = bytes[at]!;
          }
          if (byte !== CR) throw headRefusal(current, byte);
          this.spans[span + 3] = at + shift;
          current = part.FIELD_LF;
          break;

        case part.FIELD_LF:
          if (byte !== LF) throw headRefusal(current, byte);
          this.count++;
          span += 4;
          current = part.LINE_START;
          break;

        case part.LAST_LF:
          if (byte !== LF) throw headRefusal(current, byte);
          this.done = true;
          end = at + 1;
          break;
      }
      at++;
    }

    this.#part = current;
    this.length = at + shift;
    if (!this.done && this.length >= this.#bound) throw overLimit(current, this.#bound);
    return at;
  }

  /** One byte of `HTTP-version CR` (RFC 9112, section 2.3); true after the CR. */
  #version(byte: number, index: number): boolean {
    if (index === VERSION_PATTERN.length) {
      if (byte !== CR) throw headRefusal(part.VERSION, byte);
      if (this.#majorVersion !== 1) throw wrongVersion(this.#majorVersion);
      return true;
    }
    const digit = byte - DIGIT_ZERO;
    const wanted = index === 5 || index === 7 ? digit >= 0 && digit <= 9 : byte === VERSION_PATTERN[index];
    if (!wanted) throw headRefusal(part.VERSION, byte);
    if (index === 5) this.#majorVersion = digit;
    if (index === 7) this.minorVersion = digit;
    return false;
  }
}

/**
 * The position of the first byte from `at`, before `end`, that is not of the class. A function of its
 * own: as a loop within the switch it made `scan` take up to twice as long.
 */
function skip(bytes: Uint8Array, at: number, end: number, bit: number): number {
  let position = at;
  while (position < end && (BYTE_CLASS[bytes[position]!]! & bit) !== 0) position++;
  return position;
}

function methodTooLong(): ProtocolError {
  return new ProtocolError(
    501,
    "RFC 9112, section 3",
    `Cannot read the request line: expected a method of at most ${LONGEST_METHOD} bytes: got a longer one`,
  );
}

function wrongVersion(major: number): ProtocolError {
  return new ProtocolError(
    505,
    "RFC 9110, section 15.6.6",
    `Cannot answer the request: expected HTTP/1.0 or HTTP/1.1: got major version ${major}`,
  );
}

function tooManyFields(limit: number): ProtocolError {
  return new ProtocolError(
    431,
    "RFC 6585, section 5",
    `Cannot read the field lines: expected at most ${limit}: got one more`,
  );
}

function overLimit(current: part.Part, bound: number): ProtocolError {
  if (current < part.FIRST_LINE_START) {
    const line = `Cannot read the request line: expected it to end within ${bound} bytes: got more`;
    return new ProtocolError(414, "RFC 9112, section 3", line);
  }
  const section = `Cannot read the field lines: expected them to end within ${bound} bytes: got more`;
  return new ProtocolError(431, "RFC 6585, section 5", section);
}
