/** The name that a mistyped one was most likely meant to be; undefined where none is near. */
export function nearest(mistyped: string, names: readonly string[]): string | undefined {
  const plain = mistyped.toLowerCase().replaceAll("_", "-");
  // One slip in three letters is still a slip; more is another word.
  let limit = Math.max(1, Math.floor(plain.length / 3));
  let found: string | undefined;
  for (const name of names) {
    const distance = editDistance(plain, name);
    if (distance <= limit) {
      limit = distance - 1;
      found = name;
    }
  }
  return found;
}

/** Levenshtein's distance: letters to add, leave out or change. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
