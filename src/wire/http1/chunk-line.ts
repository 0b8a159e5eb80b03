import { CR, HEX_VALUE, HTAB, LF, SEMICOLON, SP } from "./byte-class.ts";
import { ChunkExtension } from "./chunk-extension.ts";
import { ProtocolError } from "./protocol-error.ts";

// What the next byte is read as.
const DATA_CR = 0;
const DATA_LF = 1;
const FIRST_DIGIT = 2;
const DIGIT = 3;
const BAD_WHITESPACE = 4;
const EXTENSION = 5;
const LINE_LF = 6;

/** 13 digits stay below 2^53. */
const MOST_DIGITS = 13;

/**
 * Reads `chunk-size [ chunk-ext ] CRLF`, and before it the CRLF that ends the chunk before, each
 * byte once however it is cut (RFC 9112, section 7.1). Extensions are checked and passed over.
 */
export class ChunkLine {
  /** Bytes of data in the chunk, once `done`. */
  size = 0;
  done = false;

  readonly #limit: number;
  #part = FIRST_DIGIT;
  #digits = 0;
  #length = 0;
  readonly #extension = new ChunkExtension();

  /** `limit`: bytes of the line without its CRLF. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The line of the first chunk of a body. */
  startFirst(): void {
    this.#start(FIRST_DIGIT);
  }

  /** The line after a chunk's data. */
  startNext(): void {
    this.#start(DATA_CR);
  }

  #start(first: number): void {
    this.#part = first;
    this.size = 0;
    this.done = false;
    this.#digits = 0;
    this.#length = 0;
  }

  /** Reads from `from`, before `to`; returns the position after the last byte read. @throws ProtocolError */
  scan(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && !this.done) {
      this.#read(bytes[at]!);
      at++;
    }
    return at;
  }

  #read(byte: number): void {
    switch (this.#part) {
      case DATA_CR:
        if (byte !== CR) throw refuse("7.1", "CRLF after the chunk's data", byte);
        this.#part = DATA_LF;
        return;
      case DATA_LF:
        if (byte !== LF) throw refuse("7.1", "CRLF after the chunk's data", byte);
        this.#part = FIRST_DIGIT;
        return;
      case LINE_LF:
        if (byte !== LF) throw refuse("2.2", "LF after CR", byte);
        this.done = true;
        return;
    }
    if (byte === LF) throw refuse("2.2", "CR before LF", byte);
    if (byte !== CR && ++this.#length > this.#limit) throw tooLong(this.#limit);
    if (this.#part === EXTENSION) {
      if (!this.#extension.accepts(byte)) throw refuse("7.1.1", "a chunk extension", byte);
    } else if (byte !== CR || this.#part !== DIGIT) {
      this.#sizeByte(byte);
    }
    if (byte === CR) this.#part = LINE_LF;
  }

  /** A digit, or what may come between the digits and the extensions. */
  #sizeByte(byte: number): void {
    const value = HEX_VALUE[byte]!;
    if (value >= 0 && this.#part !== BAD_WHITESPACE) {
      if (++this.#digits > MOST_DIGITS) throw refuse("7.1", `at most ${MOST_DIGITS} digits`, byte);
      this.size = this.size * 16 + value;
      this.#part = DIGIT;
      return;
    }
    if (this.#part === FIRST_DIGIT) throw refuse("7.1", "a hexadecimal digit", byte);
    if (byte === SEMICOLON) {
      this.#part = EXTENSION;
      this.#extension.start();
    }
    // Whitespace has to be read where an extension follows, and only there (RFC 9112, section 7.1.1).
    else if (byte === SP || byte === HTAB) this.#part = BAD_WHITESPACE;
    else throw refuse("7.1", 'a hexadecimal digit, ";" or CRLF', byte);
  }
}

function tooLong(limit: number): ProtocolError {
  const message = `Cannot read a chunk size: expected a line of at most ${limit} bytes: got more`;
  return new ProtocolError(400, "RFC 9112, section 7.1.1", message);
}

function refuse(section: string, wanted: string, byte: number): ProtocolError {
  const got = `0x${byte.toString(16).padStart(2, "0")}`;
  const message = `Cannot read a chunk: expected ${wanted}: got byte ${got}`;
  return new ProtocolError(400, `RFC 9112, section ${section}`, message);
}
