/** Foreign text for a log line: nothing in it can begin a line of its own, end a quoted field or move a cursor. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f"\\]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
