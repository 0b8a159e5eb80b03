import type { HeadScanner } from "./head-scanner.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What says where a message ends, whose it is, or whether another follows: some recipients heed it in a trailer too. */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "transfer-encoding",
]);

/**
 * Trailers are dropped: unknown ones may not be merged into the head. But one for framing or routing,
 * which no sender may put there, is refused (RFC 9110, section 6.5.1). @throws ProtocolError
 */
export function checkTrailers(text: string, { spans, count }: HeadScanner): void {
  for (let span = 0; span < count * 4; span += 4) {
    const name = text.slice(spans[span]!, spans[span + 1]!);
    if (!NOT_IN_TRAILERS.has(name.toLowerCase())) continue;
    throw new ProtocolError(
      400,
      "RFC 9110, section 6.5.1",
      `Cannot read the trailers: expected none for framing or routing: got ${name}`,
    );
  }
}
