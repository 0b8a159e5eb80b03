import assert from "node:assert/strict";
import { test } from "node:test";
import { findDirectives, parseConf } from "../../src/nginx/conf.ts";
import { comment, quote } from "../../src/nginx/quote.ts";

test("directives have their words, lines, places and blocks", () => {
  const text = `# first; {\nuser www-data;\nhttp {\n  include "a b"  'c;d';  # no { harm\n  server { listen 80; }\n}\n`;
  const [user, http] = parseConf(text);
  assert.deepEqual([user?.name, user?.args, user?.line, user?.block], ["user", ["www-data"], 2, undefined]);
  assert.equal(text.slice(user!.start, user!.end), "user www-data;");
  assert.equal(text.slice(http!.start, http!.end).at(-1), "}");
  assert.deepEqual(http?.block?.[0]?.args, ["a b", "c;d"]);
  assert.deepEqual(
    findDirectives(parseConf(text), "listen").map(({ args, line }) => [args, line]),
    [[["80"], 5]],
  );
});

test("variables in braces and escapes stay within their word", () => {
  const [directive] = parseConf(`log_format a "x\\"y" \${host}z a\\;b;`);
  assert.deepEqual(directive?.args, ["a", 'x"y', `\${host}z`, "a\\;b"]);
});

for (const broken of ["}", "a {", "a", '"', "a; } b;", "{{}", ";;", "a 'b", "\\"])
  test(`broken text is read as far as it goes: ${JSON.stringify(broken)}`, () => {
    assert.ok(Array.isArray(parseConf(broken)));
  });

test("what follows a stray brace is read too", () => {
  assert.deepEqual(
    parseConf("a; } b;").map(({ name }) => name),
    ["a", "b"],
  );
});

for (const word of [
  "plain",
  "",
  "two words",
  "semi;colon",
  "{brace}",
  'dou"ble',
  "sin'gle",
  "back\\slash",
  "\\n",
  "#",
  "a#b",
  "~^(www\\.)?x{1,2}$",
  'end\\"',
])
  test(`a quoted word is read back as it was: ${JSON.stringify(word)}`, () => {
    const [directive, ...more] = parseConf(`name ${quote(word)} last;`);
    assert.deepEqual(directive?.args, [word, "last"]);
    assert.deepEqual(more, []);
  });

test("a comment stays on one line", () => {
  assert.equal(comment("a\nserver {}\r\n"), "a server {} ");
});
