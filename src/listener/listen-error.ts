/** A listener that cannot be bound; exit status 3. */
export class ListenError extends Error {}
