/** A parameter as its function's text has it: a name, or that it is taken apart in place. */
export type Parameter = { readonly name: string } | "destructured";

/**
 * A function's parameters, read from its text (ECMAScript, `Function.prototype.toString`); undefined
 * where the text has none: bound and native functions.
 */
export function parametersOf(callable: (...args: never[]) => unknown): Parameter[] | undefined {
  const source = withoutComments(Function.prototype.toString.call(callable));
  const single = /^\s*(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source);
  if (single) return [{ name: single[1] ?? "" }];
  const list = parameterList(source);
  return list
    ?.map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => {
      const plain = text.replace(/^\.\.\./, "");
      if (/^[{[]/.test(plain)) return "destructured";
      return { name: /^[^\s=]+/.exec(plain)?.[0] ?? "" };
    });
}

/** The text between the first pair of parentheses, cut at the commas between parameters. */
function parameterList(source: string): string[] | undefined {
  const open = source.indexOf("(");
  if (open < 0 || /\{\s*\[native code\]\s*\}\s*$/.test(source)) return undefined;
  const list: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let index = open; index < source.length; index++) {
    const character = source[index] ?? "";
    if (character === '"' || character === "'" || character === "`") {
      index = endOfString(source, index);
    } else if ("([{".includes(character)) {
      depth++;
    } else if (")]}".includes(character)) {
      depth--;
      if (depth === 0) return [...list, source.slice(from, index)];
    } else if (character === "," && depth === 1) {
      list.push(source.slice(from, index));
      from = index + 1;
    }
  }
  return undefined;
}

function endOfString(source: string, start: number): number {
  for (let index = start + 1; index < source.length; index++) {
    if (source[index] === "\\") index++;
    else if (source[index] === source[start]) return index;
  }
  return source.length;
}

/** Comments become spaces, strings stay: a `//` in one is no comment. Enough for a parameter list. */
function withoutComments(source: string): string {
  return source.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, string) => string ?? " ",
  );
}
