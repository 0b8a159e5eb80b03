import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeFrame, codeFrameOf } from "../../src/app/code-frame.ts";

const source = "one\ntwo\n\tthree(3);\nfour\nfive\nsix\n";

describe("code frame", () => {
  test("two lines before and after, and a caret", () => {
    const expected = [
      "  1 | one",
      "  2 | two",
      "> 3 | \tthree(3);",
      "    | \t^^^^^",
      "  4 | four",
      "  5 | five",
    ];
    assert.equal(codeFrame(source, { line: 3, column: 2, length: 5 }), expected.join("\n"));
  });

  test("at the start, without a column", () => {
    assert.equal(
      codeFrame(source, { line: 1, column: undefined }),
      "> 1 | one\n  2 | two\n  3 | \tthree(3);",
    );
  });

  test("numbers of different width stand under one another", () => {
    const long = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join("\n");
    assert.match(
      codeFrame(long, { line: 10, column: 1 }),
      /^ {3}8 \| line 8\n {3}9 \|.*\n> 10 \| line 10\n {5}\| \^\n {2}11 /,
    );
  });

  test("the caret may stand after the line's end", () => {
    assert.equal(codeFrame("ab", { line: 1, column: 3 }), "> 1 | ab\n    |   ^");
  });

  test("of a very long line, the part that matters", () => {
    const frame = codeFrame(`${"a".repeat(100_000)}HERE${"b".repeat(100_000)}`, {
      line: 1,
      column: 100_001,
      length: 4,
    });
    const [line = "", caret = ""] = frame.split("\n");
    assert.ok(line.length < 200);
    assert.equal(line.indexOf("HERE"), caret.indexOf("^^^^"));
  });

  test("Windows line ends", () =>
    assert.equal(codeFrame("a\r\nb", { line: 2, column: 1 }), "  1 | a\n> 2 | b\n    | ^"));
  test("a line that is not there", () => assert.equal(codeFrame("a", { line: 7, column: 1 }), ""));
  test("a file that is not there", () =>
    assert.equal(codeFrameOf({ file: "/nowhere.ts", line: 1, column: 1 }), ""));
});
