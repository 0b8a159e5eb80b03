import { BYTE_CLASS, CR, HTAB, SEMICOLON, SP, TOKEN, VALUE } from "./byte-class.ts";

// What the next byte is read as.
const NAME_START = 0;
const NAME = 1;
const AFTER_NAME = 2;
const VALUE_START = 3;
const TOKEN_VALUE = 4;
const QUOTED = 5;
const ESCAPED = 6;
const AFTER_QUOTED = 7;
const AFTER_VALUE = 8;

const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Checks `chunk-ext-name [ BWS "=" BWS chunk-ext-val ]`, any number of them with ";" between (RFC 9112,
 * section 7.1.1). None means anything here, but what is no extension may be the data of somebody
 * else's chunk.
 */
export class ChunkExtension {
  #part = NAME_START;

  /** After a ";". */
  start(): void {
    this.#part = NAME_START;
  }

  /** Whether the byte may come next; a CR only where the line may end. */
  accepts(byte: number): boolean {
    const next = following(this.#part, byte);
    if (next === undefined) return false;
    this.#part = next;
    return true;
  }
}

function following(part: number, byte: number): number | undefined {
  const isSpace = byte === SP || byte === HTAB;
  const isToken = (BYTE_CLASS[byte]! & TOKEN) !== 0;
  switch (part) {
    case NAME_START:
      return isSpace ? NAME_START : isToken ? NAME : undefined;
    case NAME:
      if (isToken || byte === CR) return NAME;
      return isSpace ? AFTER_NAME : afterName(byte);
    case AFTER_NAME:
      return isSpace ? AFTER_NAME : afterName(byte);
    case VALUE_START:
      if (isSpace) return VALUE_START;
      return isToken ? TOKEN_VALUE : byte === QUOTE ? QUOTED : undefined;
    case TOKEN_VALUE:
      return isToken ? TOKEN_VALUE : afterValue(byte, isSpace, TOKEN_VALUE);
    case QUOTED:
      if (byte === QUOTE) return AFTER_QUOTED;
      if (byte === BACKSLASH) return ESCAPED;
      return isField(byte) ? QUOTED : undefined;
    case ESCAPED:
      return isField(byte) ? QUOTED : undefined;
    case AFTER_QUOTED:
      return afterValue(byte, isSpace, AFTER_QUOTED);
    default:
      return isSpace ? AFTER_VALUE : byte === SEMICOLON ? NAME_START : undefined;
  }
}

function afterName(byte: number): number | undefined {
  return byte === EQUALS ? VALUE_START : byte === SEMICOLON ? NAME_START : undefined;
}

function afterValue(byte: number, isSpace: boolean, part: number): number | undefined {
  if (byte === CR) return part;
  return isSpace ? AFTER_VALUE : byte === SEMICOLON ? NAME_START : undefined;
}

function isField(byte: number): boolean {
  return (BYTE_CLASS[byte]! & VALUE) !== 0;
}
