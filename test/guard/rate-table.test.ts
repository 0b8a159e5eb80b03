import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { clientNetwork } from "../../src/guard/client-network.ts";
import { RATE_TABLE_BYTES, RateTable } from "../../src/guard/rate-table.ts";
import { comparable, holding } from "../../src/guard/rules.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

function tableOf(t: TestContext): { fd: number; table: RateTable } {
  const fd = openSync(join(temporaryDirectory(t), "table"), "w+");
  t.after(() => closeSync(fd));
  writeSync(fd, Buffer.alloc(RATE_TABLE_BYTES, 0));
  writeSync(fd, Buffer.alloc(64, "secret"), 0, 64, 0);
  return { fd, table: new RateTable(fd) };
}

test("a bucket fills with requests and leaks with time, for all who share the file", (t) => {
  const { fd, table } = tableOf(t);
  const other = new RateTable(fd);
  const ask = (from: RateTable, now: number): number => {
    const level = from.look("ann", 2, now);
    from.count(level, now);
    return level.excess;
  };
  assert.deepEqual(
    [ask(table, 1000), ask(other, 1000), ask(table, 1000), ask(other, 1500), ask(table, 60_000)],
    [0, 1, 2, 2, 0],
  );
  assert.equal(table.look("bob", 2, 1000).excess, 0);
});

test("however many clients there are, it does not grow, and who came last is known", (t) => {
  const { fd, table } = tableOf(t);
  for (let i = 0; i < 100_000; i++) table.count(table.look(`client ${i}`, 1, i), i);
  assert.equal(fstatSync(fd).size, RATE_TABLE_BYTES);
  let known = 0;
  for (let i = 99_000; i < 100_000; i++) if (table.look(`client ${i}`, 0, 100_000).excess > 0) known += 1;
  assert.equal(known, 1000);
});

test("of an IPv6 client the network counts", () => {
  assert.equal(clientNetwork("192.0.2.1"), "192.0.2.1");
  assert.equal(clientNetwork("2001:db8::1"), clientNetwork("2001:0DB8:0:0:1:2:3:4"));
  assert.notEqual(clientNetwork("2001:db8::1"), clientNetwork("2001:db8:0:1::1"));
  assert.equal(clientNetwork("::1"), "0:0:0:0::/64");
  assert.equal(clientNetwork("fe80::1%eth0"), clientNetwork("fe80::2"));
  assert.equal(clientNetwork("64:ff9b::192.0.2.1"), "64:ff9b:0:0::/64");
  assert.equal(clientNetwork("1:2:3:4:5:6:192.0.2.1"), "1:2:3:4::/64");
});

test("paths are compared as NGINX compares them, the nearest rule first", () => {
  const rules = [{ path: "" }, { path: "/a" }, { path: "/a/b" }, { path: "/ä" }];
  const at = (target: string): string[] | undefined => {
    const path = comparable(target);
    return path === undefined ? undefined : holding(rules, path).map((rule) => rule.path);
  };
  assert.deepEqual(at("/A//b/c?x"), ["/a/b", "/a", ""]);
  assert.deepEqual(at("/ab"), [""]);
  assert.deepEqual(at("/%C3%A4"), ["/ä", ""]);
  assert.deepEqual(at("*"), [""]);
  for (const target of [
    "/a/../b",
    "/a/%2E",
    "/a%2f..%2fb",
    "/a\\b",
    "/a%5cb",
    "/a#b",
    "/..;/a",
    "/%",
    "/%0",
    "/%00",
  ])
    assert.equal(at(target), undefined, target);
  assert.deepEqual(at("/b?/../#"), [""]);
});
