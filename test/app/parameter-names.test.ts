import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parametersOf } from "../../src/app/parameter-names.ts";

type AnyFunction = (...args: never[]) => unknown;

/** Made from text, so that no formatter has a say in it. */
function made(source: string): AnyFunction {
  return new Function(`return (${source})`)() as AnyFunction;
}

const cases: [source: string, names: string[]][] = [
  ["(req, res) => 1", ["req", "res"]],
  ["async (req, res) => 1", ["req", "res"]],
  ["req => 1", ["req"]],
  ["async req => 1", ["req"]],
  ["() => 1", []],
  ["function (a, b) {}", ["a", "b"]],
  ["function named(a, b, c) {}", ["a", "b", "c"]],
  ["async function* named ( a , b ) {}", ["a", "b"]],
  ["({ method(a, b) {} }).method", ["a", "b"]],
  ["(a = f(1, 2), b = [1, 2], c = { d: 1, e: 2 }) => 1", ["a", "b", "c"]],
  ["(a = ')', b = \"(,\", c = `,`) => 1", ["a", "b", "c"]],
  ["(a = '\\'', b) => 1", ["a", "b"]],
  ["(a /* (b, c) */, d // e, f\n) => 1", ["a", "d"]],
  ["(...all) => 1", ["all"]],
  ["(a, ...rest) => 1", ["a", "rest"]],
  ["(a, { b, c }) => 1", ["a", "destructured"]],
  ["(a, [b, c]) => 1", ["a", "destructured"]],
  ["(a, { b } = {}) => 1", ["a", "destructured"]],
  ["(request  ,   response    ,) => 1", ["request", "response"]],
  ["(äpfel, $_) => 1", ["äpfel", "$_"]],
];

describe("parameters read from a function's text", () => {
  for (const [source, names] of cases) {
    test(source.replace("\n", "⏎"), () => {
      const found = parametersOf(made(source));
      assert.deepEqual(
        found?.map((one) => (one === "destructured" ? one : one.name)),
        names,
      );
    });
  }

  test("a bound function has none to read", () => {
    assert.equal(parametersOf(made("(a, b) => 1").bind(null)), undefined);
  });

  test("a native function has none to read", () => {
    assert.equal(parametersOf(Math.max as AnyFunction), undefined);
  });
});
