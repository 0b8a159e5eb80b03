import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fieldOf, KNOWN_FIELDS, knownName } from "../../../src/wire/cgi/known-names.ts";

const source = readFileSync(new URL("../../../src/wire/cgi/known-names.ts", import.meta.url), "utf8");
const names = [...source.matchAll(/^ {2}"([A-Z_ ]+)",$/gm)].flatMap(([, line]) => line!.split(" "));
const known = (name: string): string | undefined =>
  knownName(Buffer.from(`\xff${name}\xff`, "latin1"), 1, 1 + name.length);

describe("names of variables that are known", () => {
  it("are found by their bytes, every one of them", () => {
    assert.ok(names.length > 50);
    for (const name of names) assert.equal(known(name), name);
  });

  it("are not found where another name stands", () => {
    for (const name of names) {
      for (let at = 0; at < name.length; at++) {
        const other = `${name.slice(0, at)}${name[at] === "X" ? "Y" : "X"}${name.slice(at + 1)}`;
        assert.equal(known(other), names.includes(other) ? other : undefined);
      }
      for (const other of [`${name}X`, name.slice(1), name.slice(0, -1), name.toLowerCase()])
        assert.equal(known(other), names.includes(other) ? other : undefined);
    }
    for (const other of ["", "A", "AB", "HTTP", "\0\0\0\0\0\0", "\xff".repeat(300)])
      assert.equal(known(other), undefined);
  });

  it("have their header fields", () => {
    const fields = names.filter((name) => name.startsWith("HTTP_"));
    assert.deepEqual([...KNOWN_FIELDS.keys()], fields);
    for (const [name, field] of KNOWN_FIELDS) assert.equal(field, fieldOf(name));
    assert.equal(KNOWN_FIELDS.get("HTTP_USER_AGENT"), "user-agent");
  });
});
