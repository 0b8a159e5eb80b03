/** What a peer sent cannot be taken. `status` is what it is answered; the text is for the log, never for the peer. */
export abstract class RefusalError extends Error {
  abstract readonly status: number;
}
