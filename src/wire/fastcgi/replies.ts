import { END_REQUEST, GET_VALUES_RESULT, NULL_REQUEST_ID, UNKNOWN_TYPE } from "./constants.ts";
import { decodePairs, encodePairs } from "./pairs.ts";
import { encodeRecord } from "./record.ts";

/**
 * Answers GET_VALUES (FastCGI 1.0, section 4.1): of the names asked for, those we know.
 * @param query the content of the record: pairs with empty values.
 * @throws FastcgiError (400) where the pairs are malformed.
 */
export function getValuesResult(query: Buffer): Buffer {
  const asked = decodePairs(query).filter((_, i) => i % 2 === 0);
  const known = [...VALUES].filter(([name]) => asked.includes(name)).flat();
  return encodeRecord(GET_VALUES_RESULT, NULL_REQUEST_ID, encodePairs(known));
}

/** Answers a management record of a type that we do not know (section 4.2). */
export function unknownType(type: number): Buffer {
  return encodeRecord(UNKNOWN_TYPE, NULL_REQUEST_ID, Buffer.of(type, 0, 0, 0, 0, 0, 0, 0));
}

/** Says that a request is over, or why it never began (section 5.5). */
export function endRequest(requestId: number, appStatus: number, protocolStatus: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(appStatus >>> 0);
  body[4] = protocolStatus;
  return encodeRecord(END_REQUEST, requestId, body);
}

/** A connection carries one request at a time, hence as many requests as connections. Advice to the web server, held nowhere. */
const VALUES: ReadonlyMap<string, string> = new Map([
  ["FCGI_MAX_CONNS", "1024"],
  ["FCGI_MAX_REQS", "1024"],
  ["FCGI_MPXS_CONNS", "0"],
]);
