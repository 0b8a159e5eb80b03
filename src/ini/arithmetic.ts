/** What `%(expression)` stands for, or why it stands for nothing. */
export type Calculated = { readonly value: string } | { readonly problem: string };

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => Math.trunc(left / right),
  "%": (left, right) => left % right,
};

/**
 * Works out what stands between `%(` and `)` (uWSGI documentation, "Placeholders math"): names of settings
 * and whole numbers with a space between them, strictly from left to right, so `2 + 3 * 2` is 10. Two
 * values without an operator are put together as text; `++` and `--` after a value add and take one.
 *
 * @param lookup the value of a setting, undefined where there is none
 */
export function calculate(expression: string, lookup: (name: string) => string | undefined): Calculated {
  let result: string | undefined;
  let operator: string | undefined;

  for (const token of expression.trim().split(/\s+/)) {
    if (token in operators && result !== undefined) {
      operator = token;
      continue;
    }
    if ((token === "++" || token === "--") && result !== undefined) {
      const whole = wholeNumber(result);
      if (whole === undefined) return notANumber(expression, result);
      result = String(token === "++" ? whole + 1 : whole - 1);
      continue;
    }
    const operand = lookup(token) ?? (/^-?\d+$/.test(token) ? token : undefined);
    if (operand === undefined) return { problem: `%(${token}) is not defined` };

    if (operator === undefined) {
      result = (result ?? "") + operand;
      continue;
    }
    const left = wholeNumber(result ?? "");
    if (left === undefined) return notANumber(expression, result ?? "");
    const right = wholeNumber(operand);
    if (right === undefined) return notANumber(expression, operand);
    if (right === 0 && (operator === "/" || operator === "%")) {
      return { problem: `%(${expression}) divides by zero` };
    }
    result = String(operators[operator]!(left, right));
    operator = undefined;
  }
  return { value: result ?? "" };
}

function wholeNumber(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function notANumber(expression: string, value: string): Calculated {
  return { problem: `%(${expression}) reckons with "${value}", which is not a whole number` };
}
