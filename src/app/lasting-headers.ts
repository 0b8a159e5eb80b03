/** Lists of headers that never change and come again and again: what follows from one is worth keeping. */
const lasting = new WeakSet<readonly string[]>();

/** To be said of a list that nobody changes any more. */
export function markLasting(headers: readonly string[]): void {
  lasting.add(Object.freeze(headers));
}

export function isLasting(headers: readonly string[]): boolean {
  return lasting.has(headers);
}
