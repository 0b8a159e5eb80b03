/** What a byte may be part of, one bit a class: one load answers for one byte. */
export const BYTE_CLASS = new Uint8Array(256);

/** tchar (RFC 9110, section 5.6.2). */
export const TOKEN = 1;
/** Visible ASCII without "#": a request target has no fragment (RFC 9112, section 3.2). */
export const TARGET = 2;
/** field-vchar, SP and HTAB: everything but controls (RFC 9110, section 5.5). */
export const VALUE = 4;
/** unreserved, sub-delims and "%", the bytes of a reg-name (RFC 3986, section 3.2.2). */
export const REG_NAME = 8;

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

/** The value of a hexadecimal digit; -1 for any other byte. */
export const HEX_VALUE = new Int8Array(256).fill(-1);

const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function mark(characters: string, bit: number): void {
  for (const character of characters) {
    const byte = character.charCodeAt(0);
    BYTE_CLASS[byte] = BYTE_CLASS[byte]! | bit;
  }
}

for (let byte = 0x20; byte <= 0xff; byte++) {
  if (byte === 0x7f) continue;
  if (byte > 0x20 && byte < 0x7f && byte !== 0x23) BYTE_CLASS[byte] = TARGET;
  BYTE_CLASS[byte] = BYTE_CLASS[byte]! | VALUE;
}
mark("\t", VALUE);
mark(`!#$%&'*+-.^_\`|~${ALPHANUMERIC}`, TOKEN);
mark(`-._~!$&'()*+,;=%${ALPHANUMERIC}`, REG_NAME);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  HEX_VALUE[digit.charCodeAt(0)] = value;
  HEX_VALUE[digit.toUpperCase().charCodeAt(0)] = value;
}
