/** Bytes of variables in a packet: its header has 16 bits for them. */
export const MAX_PACKET_SIZE = 0xffff;

/**
 * A request's packet, to be written as latin1 with the body behind it: modifier1 0, a WSGI request, and
 * modifier2 0. https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
 * @param variables names and values in turn, one latin1 character a byte.
 * @returns undefined where they need more than MAX_PACKET_SIZE bytes, which no header can tell.
 */
export function encodePacket(variables: readonly string[]): string | undefined {
  // A string, joined and converted once: a call into the runtime for each variable costs more.
  let block = "";
  for (const text of variables) {
    if (text.length > MAX_PACKET_SIZE) return undefined;
    block += size(text.length) + text;
  }
  return block.length > MAX_PACKET_SIZE ? undefined : `\0${size(block.length)}\0${block}`;
}

/** 16 bits, little endian. */
function size(length: number): string {
  return SMALL_SIZES[length] ?? String.fromCharCode(length & 0xff, length >> 8);
}

const SMALL_SIZES = Array.from({ length: 128 }, (_, length) => String.fromCharCode(length, 0));
