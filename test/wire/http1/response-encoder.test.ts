import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { describe, test } from "node:test";
import { assertSendable } from "../../../src/wire/http1/header-safety.ts";
import { reasonPhrase } from "../../../src/wire/http1/reason-phrases.ts";
import {
  CHUNK_END,
  encodeChunkHead,
  encodeHead,
  encodeInformational,
  fieldLines,
  LAST_CHUNK,
} from "../../../src/wire/http1/response-encoder.ts";

describe("encodeHead", () => {
  test("writes status line, fields, the caller's lines and the empty line", () => {
    assert.equal(
      encodeHead(
        200,
        undefined,
        `${fieldLines(["Content-Type", "text/plain", "set-cookie", "a", "set-cookie", "b"])}Connection: close\r\n`,
      ),
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nset-cookie: a\r\nset-cookie: b\r\nConnection: close\r\n\r\n",
    );
  });

  test("takes a reason of one's own, an empty one and none for an unknown status", () => {
    assert.equal(encodeHead(404, "Not here, \xe9\t!", ""), "HTTP/1.1 404 Not here, \xe9\t!\r\n\r\n");
    assert.equal(encodeHead(200, "", ""), "HTTP/1.1 200 \r\n\r\n");
    assert.equal(encodeHead(799, undefined, ""), "HTTP/1.1 799 \r\n\r\n");
  });

  test("takes values of any latin1 but controls", () => {
    const value = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
      .filter((character) => character === "\t" || (character >= " " && character !== "\x7f"))
      .join("");
    assert.equal(
      encodeHead(200, undefined, fieldLines(["x", value, "y", ""])),
      `HTTP/1.1 200 OK\r\nx: ${value}\r\ny: \r\n\r\n`,
    );
  });

  for (const status of [0, 99, 100, 199, 1000, 200.5, Number.NaN, Number.POSITIVE_INFINITY, -200]) {
    test(`refuses status ${status}`, () => {
      assert.throws(() => encodeHead(status, undefined, ""), {
        name: "TypeError",
        message: /Cannot send status/,
      });
    });
  }

  test("refuses a status that is not a number", () => {
    const status: unknown = "200 OK\r\nX: y";
    assert.throws(() => encodeHead(status as number, undefined, ""), TypeError);
  });

  for (const reason of ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "a\x7f", "\u0100", "\u560d\u560a"]) {
    test(`refuses the reason ${JSON.stringify(reason)}`, () => {
      assert.throws(() => encodeHead(200, reason, ""), {
        name: "TypeError",
        message: /Cannot send reason phrase/,
      });
    });
  }
});

describe("assertSendable", () => {
  // U+560D and U+560A end in the bytes of CR and LF: cut to latin1 they would be those.
  for (const value of [
    "a\r\nX: y",
    "a\nX: y",
    "a\rX: y",
    "\r\n\r\n<script>",
    "a\0",
    "a\x0b",
    "a\x1b",
    "a\x7f",
    "\u0100",
    "\u560d\u560a",
    "😀",
  ]) {
    test(`refuses the value ${JSON.stringify(value)} by the header's name, not telling it`, () => {
      assert.throws(
        () => assertSendable(["x-ok", "fine", "x-bad", value]),
        (error: unknown) =>
          error instanceof TypeError &&
          /header "x-bad"/.test(error.message) &&
          !error.message.includes(value),
      );
    });
  }

  for (const name of [
    "",
    " ",
    "a b",
    "a:",
    ":a",
    "a\r\nb",
    "a\0",
    "a\x7f",
    "é",
    "\u0100",
    "a\tb",
    "(a)",
    '"a"',
    "a,b",
  ]) {
    test(`refuses the name ${JSON.stringify(name)}`, () => {
      assert.throws(() => assertSendable([name, "fine"]), {
        name: "TypeError",
        message: /expected a token as its name/,
      });
    });
  }

  test("takes names of any token", () => {
    assertSendable(["!#$%&'*+-.^_`|~09azAZ", "", "__proto__", "x"]);
  });

  test("refuses what is not a string, which might change when it is made one", () => {
    let calls = 0;
    const value: unknown = {
      length: 1,
      charCodeAt: () => 0x61,
      toString: () => (calls++ === 0 ? "a" : "a\r\nX: y"),
    };
    assert.throws(() => assertSendable(["x", value as string]), { name: "TypeError", message: /got object/ });
    assert.throws(() => assertSendable([value as string, "x"]), TypeError);
    assert.throws(() => assertSendable(["x", undefined as unknown as string]), {
      name: "TypeError",
      message: /got undefined/,
    });
  });

  test("refuses a name without a value", () => {
    assert.throws(() => assertSendable(["a", "b", "c"]), { name: "TypeError", message: /got 3 strings/ });
  });
});

describe("encodeInformational", () => {
  test("writes an interim response", () => {
    assert.equal(encodeInformational(100, []), "HTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(
      encodeInformational(103, ["link", "</a>"]),
      "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
    );
  });

  test("refuses final ones, 101 and bad fields", () => {
    for (const status of [99, 101, 200, 100.5])
      assert.throws(() => encodeInformational(status, []), TypeError);
    assert.throws(() => encodeInformational(103, ["link", "a\r\nb"]), TypeError);
  });
});

describe("chunks", () => {
  test("are written with their size in hexadecimal", () => {
    assert.equal(`${encodeChunkHead(26)}…${CHUNK_END}${LAST_CHUNK}`, "1a\r\n…\r\n0\r\n\r\n");
    assert.equal(encodeChunkHead(65536), "10000\r\n");
  });

  test("of no bytes would end the body", () => {
    for (const size of [0, -1, 1.5, Number.NaN]) assert.throws(() => encodeChunkHead(size), RangeError);
  });
});

test("reason phrases are those of the registry, as node has them, where their names were not changed since", () => {
  const renamed = new Set(["413", "418", "422", "509"]);
  for (const [status, phrase] of Object.entries(STATUS_CODES)) {
    if (!renamed.has(status))
      assert.equal(reasonPhrase(Number(status)).toLowerCase(), phrase?.toLowerCase(), status);
  }
  assert.equal(reasonPhrase(413), "Content Too Large");
  assert.equal(reasonPhrase(299), "");
});
