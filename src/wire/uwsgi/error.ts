/** What the peer sent is no uwsgi request. `status` is what it is answered; the text is for the log. */
export class UwsgiError extends Error {
  override readonly name = "UwsgiError";
  readonly status: 400 | 413 | 431;

  constructor(status: 400 | 413 | 431, problem: string) {
    super(`Cannot read the uwsgi request: ${problem}`);
    this.status = status;
  }
}
