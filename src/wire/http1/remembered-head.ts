import { CR, LF } from "./byte-class.ts";
import type { HeadScanner } from "./head-scanner.ts";
import { Http1RequestHead } from "./request-head.ts";

/** Bytes of a head that is kept: those of browsers have 500 to 1500. */
const LONGEST = 4096;
/** Of a client that does not repeat itself so many heads are read without looking. */
const PAUSE = 16;

/**
 * The last head of a connection. What a client sends next mostly has the same bytes, or the same field lines
 * behind another request line. Reading is a function of the bytes alone: the same ones need not be read again.
 */
export class RememberedHead {
  #head: Http1RequestHead | undefined;
  #pause = 0;

  keep(head: Http1RequestHead): void {
    this.#head = head.text.length <= LONGEST ? head : undefined;
  }

  /**
   * What the bytes from `at` are, where they are known.
   * @param scanner at the start of a head; where it is not known, it may have read a part of it
   * @throws ProtocolError for a request line that cannot be taken
   */
  recall(chunk: Buffer, at: number, scanner: HeadScanner): Http1RequestHead | undefined {
    const last = this.#head;
    if (last === undefined) return undefined;
    if (this.#pause > 0) {
      this.#pause--;
      return undefined;
    }
    const text = textOf(chunk, at, last.text.length);
    if (text === last.text) return last;
    const head = withOtherLine(last, text, chunk, at, scanner);
    if (head === undefined) this.#pause = PAUSE;
    else this.#head = head;
    return head;
  }
}

/** A head that the chunk ends with, of other bytes up to the field lines. @param text of it, where it is as long as the last one */
function withOtherLine(
  { text: { length: before }, fields }: Http1RequestHead,
  text: string | undefined,
  chunk: Buffer,
  at: number,
  scanner: HeadScanner,
): Http1RequestHead | undefined {
  const length = chunk.length - at;
  const line = length - fields.length;
  if (line <= 0 || length > LONGEST) return undefined;
  const whole = length === before ? text : textOf(chunk, at, length);
  if (whole === undefined) return undefined;
  scanner.scan(chunk, at, at + line);
  if (!scanner.awaitsFields(length)) return undefined;
  if (scanner.version !== fields.version || whole.slice(line) !== fields.lines) return undefined;
  return new Http1RequestHead(whole, chunk, at, scanner, fields);
}

/** The text of so many bytes, where a head may end with them. */
function textOf(chunk: Buffer, at: number, length: number): string | undefined {
  const end = at + length;
  const mayEnd =
    end <= chunk.length && chunk[end - 1] === LF && chunk[end - 2] === CR && chunk[end - 3] === LF;
  return mayEnd ? chunk.toString("latin1", at, end) : undefined;
}
