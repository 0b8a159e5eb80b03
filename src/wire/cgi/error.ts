import { RefusalError } from "../refusal-error.ts";

/** Variables that make no HTTP request. `status` is what the client is answered; the text is for the log. */
export class CgiError extends RefusalError {
  override readonly name = "CgiError";
  readonly status: 400 | 431;

  constructor(problem: string, status: 400 | 431 = 400) {
    super(problem);
    this.status = status;
  }
}
