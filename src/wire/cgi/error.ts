/** Variables that make no HTTP request. `status` is what the client is answered; the text is for the log. */
export class CgiError extends Error {
  override readonly name = "CgiError";
  readonly status = 400;
}
