import { RefusalError } from "../refusal-error.ts";

/** What the peer sent is no uwsgi request. `status` is what it is answered; the text is for the log. */
export class UwsgiError extends RefusalError {
  override readonly name = "UwsgiError";
  readonly status: 400 | 413 | 431;

  constructor(status: 400 | 413 | 431, problem: string) {
    super(`Cannot read the uwsgi request: ${problem}`);
    this.status = status;
  }
}
