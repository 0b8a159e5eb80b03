import { ByteQueue } from "../cgi/byte-queue.ts";
import { Gathered } from "../cgi/gathered.ts";
import { contentLength } from "../cgi/variable-rules.ts";
import * as fcgi from "./constants.ts";
import { FastcgiError } from "./error.ts";
import { decodePairs } from "./pairs.ts";
import { decodeHeader, type RecordHeader } from "./record.ts";
import { endRequest, getValuesResult, unknownType } from "./replies.ts";

export { FastcgiError };

export type FastcgiEvent =
  /** `keepConnection` false: the app closes the connection after its answer (section 5.1). */
  | { type: "begin"; requestId: number; keepConnection: boolean }
  /** `variables`: names and values in turn, latin1, in order. `length`: CONTENT_LENGTH in bytes, undefined without; STDIN may differ. */
  | { type: "params"; requestId: number; variables: string[]; length: number | undefined }
  /** Bytes of the body: a view of a pushed chunk. */
  | { type: "data"; requestId: number; chunk: Buffer }
  /** The body is whole. */
  | { type: "end"; requestId: number }
  /** The client went away. The request is still to be ended with END_REQUEST and `finish`. */
  | { type: "abort"; requestId: number }
  /** To be written at once; `close`: and the connection closed then, for the web server will not. */
  | { type: "reply"; bytes: Buffer; close: boolean }
  | { type: "need-data" };

/**
 * Reads the records of a FastCGI connection (FastCGI 1.0): one request at a time in the Responder role,
 * any number one after another. Go on calling `next` after "end": an abort may follow.
 */
export class FastcgiRequestDecoder {
  readonly #maxParams: number;
  readonly #queue = new ByteQueue();
  readonly #header = new Gathered();
  readonly #params = new Gathered();
  /** The content of records that are read whole: BEGIN_REQUEST and GET_VALUES. */
  readonly #content = new Gathered();
  #record: OpenRecord | undefined;
  #request: { readonly id: number; phase: Phase } | undefined;
  #error: FastcgiError | undefined;

  /** @param maxParams the longest PARAMS stream, in bytes; more is a FastcgiError with status 431. */
  constructor(maxParams: number) {
    this.#maxParams = maxParams;
  }

  /** Copies what is left of the bytes pushed last: they may change from now on. */
  own(): void {
    this.#queue.own();
    this.#header.own();
    this.#params.own();
    this.#content.own();
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** @throws FastcgiError, the same one from then on, where the bytes are no requests. */
  next(): FastcgiEvent {
    if (this.#error !== undefined) throw this.#error;
    try {
      return this.#read();
    } catch (error) {
      if (error instanceof FastcgiError) this.#error = error;
      throw error;
    }
  }

  /**
   * The response was ended. Records that still come for this request are dropped, and the next one may
   * begin, with this id or another (section 3.3).
   */
  finish(requestId: number): void {
    if (this.#request?.id !== requestId) return;
    this.#request = undefined;
    this.#params.clear();
    const record = this.#record;
    if (record?.requestId === requestId && record.use !== "begin") record.use = "drop";
  }

  /** Whether it is between two requests and between two records. */
  get isIdle(): boolean {
    const isEmpty = this.#queue.isEmpty && this.#header.length === 0;
    return isEmpty && this.#request === undefined && this.#record === undefined;
  }

  #read(): FastcgiEvent {
    for (;;) {
      const record = this.#record ?? this.#open();
      if (record === undefined) return NEED_DATA;
      if (record.contentLeft > 0) {
        const piece = this.#queue.take(record.contentLeft);
        if (piece === undefined) return NEED_DATA;
        record.contentLeft -= piece.length;
        if (record.use === "stdin") return { type: "data", requestId: record.requestId, chunk: piece };
        if (record.use === "params") this.#params.append(piece);
        else if (record.use === "begin" || record.use === "values") this.#content.append(piece);
      } else if (!record.closed) {
        record.closed = true;
        const event = this.#close(record);
        if (event !== undefined) return event;
      } else if (record.paddingLeft > 0) {
        const padding = this.#queue.take(record.paddingLeft);
        if (padding === undefined) return NEED_DATA;
        record.paddingLeft -= padding.length;
      } else {
        this.#record = undefined;
      }
    }
  }

  /** Reads a header and decides what its record is for, before any content is kept. */
  #open(): OpenRecord | undefined {
    const header = this.#takeHeader();
    if (header === undefined) return undefined;
    if (header.version !== fcgi.VERSION) {
      throw new FastcgiError(400, `version: expected ${fcgi.VERSION}: got ${header.version}`);
    }
    const use = this.#use(header);
    const { requestId, type, contentLength: contentLeft, paddingLength: paddingLeft } = header;
    if (use === "begin" && contentLeft !== 8) {
      throw new FastcgiError(400, `BEGIN_REQUEST: expected 8 bytes: got ${contentLeft}`);
    }
    const kept = use === "params" ? this.#params.length + contentLeft : use === "values" ? contentLeft : 0;
    if (kept > this.#maxParams) {
      throw new FastcgiError(431, `params of ${kept} bytes or more: expected ${this.#maxParams} or fewer`);
    }
    this.#record = {
      type,
      requestId,
      contentLeft,
      paddingLeft,
      use,
      empty: contentLeft === 0,
      closed: false,
    };
    return this.#record;
  }

  #takeHeader(): RecordHeader | undefined {
    // Nearly always it has come in one piece.
    const next = this.#header.length === 0 ? this.#queue.next(fcgi.HEADER_LENGTH) : undefined;
    if (next !== undefined) {
      const header = decodeHeader(next.chunk, next.at);
      this.#queue.skip(fcgi.HEADER_LENGTH);
      return header;
    }
    if (!this.#header.fill(this.#queue, fcgi.HEADER_LENGTH)) return undefined;
    const header = decodeHeader(this.#header.bytes, 0);
    this.#header.clear();
    return header;
  }

  #use({ type, requestId }: RecordHeader): Use {
    if (requestId === fcgi.NULL_REQUEST_ID) return type === fcgi.GET_VALUES ? "values" : "unknown";
    if (type === fcgi.BEGIN_REQUEST) return "begin";
    if (this.#request?.id !== requestId) return "drop"; // section 3.3, "Managing Request IDs"
    const { phase } = this.#request;
    if (phase === "aborted") return "drop";
    const use = EXPECTED[phase][type];
    if (use !== undefined) return use;
    throw new FastcgiError(400, `a record of type ${type} while ${SAYS[phase]}`);
  }

  /** The content of a record is complete. */
  #close(record: OpenRecord): FastcgiEvent | undefined {
    switch (record.use) {
      case "begin":
        return this.#begin(record.requestId, this.#takeContent());
      case "values":
        return { type: "reply", bytes: getValuesResult(this.#takeContent()), close: false };
      case "unknown":
        return { type: "reply", bytes: unknownType(record.type), close: false };
      case "params":
        return record.empty ? this.#endParams(record.requestId) : undefined;
      case "stdin":
        return record.empty
          ? this.#enter("answering", { type: "end", requestId: record.requestId })
          : undefined;
      case "abort":
        return this.#enter("aborted", { type: "abort", requestId: record.requestId });
      case "drop":
        return undefined;
    }
  }

  #begin(requestId: number, body: Buffer): FastcgiEvent {
    const role = body.readUInt16BE(0);
    const keepConnection = (body[2]! & fcgi.KEEP_CONN) !== 0;
    if (this.#request?.id === requestId) {
      throw new FastcgiError(400, `BEGIN_REQUEST for request ${requestId}, which is not over`);
    }
    if (this.#request !== undefined) {
      return { type: "reply", bytes: endRequest(requestId, 0, fcgi.CANT_MPX_CONN), close: false };
    }
    if (role !== fcgi.RESPONDER) {
      return { type: "reply", bytes: endRequest(requestId, 0, fcgi.UNKNOWN_ROLE), close: !keepConnection };
    }
    this.#request = { id: requestId, phase: "params" };
    return { type: "begin", requestId, keepConnection };
  }

  #endParams(requestId: number): FastcgiEvent {
    const variables = decodePairs(this.#params.bytes);
    this.#params.clear();
    const length = contentLength(variables, refuse);
    return this.#enter("stdin", { type: "params", requestId, variables, length });
  }

  #enter(phase: Phase, event: FastcgiEvent): FastcgiEvent {
    if (this.#request !== undefined) this.#request.phase = phase;
    return event;
  }

  #takeContent(): Buffer {
    const bytes = this.#content.bytes;
    this.#content.clear();
    return bytes;
  }
}

/** How far the web server is with the request. */
type Phase = "params" | "stdin" | "answering" | "aborted";

/** What the content of a record is for. */
type Use = "begin" | "abort" | "params" | "stdin" | "values" | "unknown" | "drop";

interface OpenRecord {
  readonly type: number;
  readonly requestId: number;
  readonly empty: boolean;
  use: Use;
  contentLeft: number;
  paddingLeft: number;
  /** Whether the end of the content was seen to. */
  closed: boolean;
}

/** The records that a request may get when, in the Responder role (sections 5 and 6.2); any other is refused. */
const EXPECTED: Readonly<Record<Exclude<Phase, "aborted">, Readonly<Record<number, Use>>>> = {
  params: { [fcgi.PARAMS]: "params", [fcgi.ABORT_REQUEST]: "abort" },
  stdin: { [fcgi.STDIN]: "stdin", [fcgi.ABORT_REQUEST]: "abort" },
  answering: { [fcgi.ABORT_REQUEST]: "abort" },
};

const SAYS: Readonly<Record<Exclude<Phase, "aborted">, string>> = {
  params: "its PARAMS are not ended",
  stdin: "its STDIN is expected",
  answering: "its STDIN was ended",
};

const NEED_DATA: FastcgiEvent = { type: "need-data" };

function refuse(_status: 400 | 413, problem: string): never {
  throw new FastcgiError(400, problem);
}
