/**
 * A word for an nginx.conf: bare where nothing in it has a meaning, else in double quotes, so that
 * no text can end its directive. Variables (`$name`) stay what they are: NGINX has no way to quote
 * a `$`, so where it would be expanded the caller must have refused it.
 */
export function quote(word: string): string {
  if (/^[\w./:@%+=,~*[\]-]+$/.test(word)) return word;
  // A backslash is itself, but before what it would escape.
  return `"${word.replace(/"|\\(?=["'\\trn]|$)/g, "\\$&")}"`;
}

/** Text for a comment: one line, whatever it was. */
export function comment(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, " ");
}
