import { RefusalError } from "../refusal-error.ts";

/** What the peer sent is no FastCGI request. `status` is what it is answered; the text is for the log. */
export class FastcgiError extends RefusalError {
  override readonly name = "FastcgiError";
  readonly status: 400 | 431;

  constructor(status: 400 | 431, problem: string) {
    super(`Cannot read the FastCGI request: ${problem}`);
    this.status = status;
  }
}
