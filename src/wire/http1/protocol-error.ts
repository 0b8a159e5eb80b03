import { RefusalError } from "../refusal-error.ts";

/** The statuses with which a request can be refused on its bytes alone. */
export type RefusalStatus = 400 | 413 | 414 | 417 | 431 | 501 | 505;

/**
 * A request that is refused. `message` is for the log; the client is told `status` and no more.
 * Where the next request would begin is unknown after it, so the connection has to be closed.
 */
export class ProtocolError extends RefusalError {
  readonly status: RefusalStatus;
  /** The rule that was broken: "RFC 9112, section 3.2". */
  readonly section: string;

  constructor(status: RefusalStatus, section: string, message: string) {
    super(`${message} (${section})`);
    this.name = "ProtocolError";
    this.status = status;
    this.section = section;
  }
}
