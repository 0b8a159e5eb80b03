/** One directive of an nginx.conf, with its block where it has one. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  /** From 1. */
  readonly line: number;
  /** Where it stands in the text: from its first character to after its `;` or `}`. */
  readonly start: number;
  readonly end: number;
  readonly block: readonly Directive[] | undefined;
}

interface Token {
  readonly text: string;
  readonly kind: "word" | ";" | "{" | "}";
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads NGINX's configuration syntax: words, bare or quoted, ended by `;` or a block. Includes are
 * not followed. Never throws: what NGINX itself would refuse is for `nginx -t` to say, here it
 * gives whatever could be read.
 */
export function parseConf(text: string): Directive[] {
  const tokens = [...tokenize(text)];
  let at = 0;

  function readBlock(): Directive[] {
    const directives: Directive[] = [];
    let words: Token[] = [];
    while (at < tokens.length) {
      const token = tokens[at++]!;
      if (token.kind === "word") {
        words.push(token);
        continue;
      }
      if (token.kind === "}") return directives;
      const first = words[0];
      const block = token.kind === "{" ? readBlock() : undefined;
      if (first !== undefined) {
        const end = (tokens[at - 1] ?? token).end;
        const args = words.slice(1).map((word) => word.text);
        directives.push({ name: first.text, args, line: first.line, start: first.start, end, block });
      }
      words = [];
    }
    return directives;
  }

  const directives: Directive[] = [];
  // A stray `}` ends readBlock early; go on behind it.
  while (at < tokens.length) directives.push(...readBlock());
  return directives;
}

/** All directives of that name, at any depth. */
export function findDirectives(directives: readonly Directive[], name: string): Directive[] {
  return directives.flatMap((directive) => [
    ...(directive.name === name ? [directive] : []),
    ...findDirectives(directive.block ?? [], name),
  ]);
}

// White space, a comment, a quoted word, a mark, or a bare word; a backslash keeps the next character.
const TOKEN = /\s+|#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|[;{}]|((?:\\.|\$\{|[^\s;{\\])+)/gsy;

function* tokenize(text: string): Generator<Token> {
  let line = 1;
  let counted = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [whole, double, single, bare] = match;
    for (; counted < match.index; counted++) if (text[counted] === "\n") line++;
    const place = { line, start: match.index, end: match.index + whole.length };
    const word = double ?? single ?? bare;
    if (word !== undefined) yield { ...place, kind: "word", text: unescaped(word) };
    else if (whole === ";" || whole === "{" || whole === "}") yield { ...place, kind: whole, text: whole };
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  t: "\t",
  r: "\r",
  n: "\n",
  '"': '"',
  "'": "'",
  "\\": "\\",
};

function unescaped(word: string): string {
  return word.replace(/\\(.)/gs, (pair, character: string) => ESCAPES[character] ?? pair);
}
