import assert from "node:assert/strict";
import { test } from "node:test";
import { type Address, formatAddress, parseAddress } from "../../src/options/address.ts";

const tcp = (host: string, port: number): Address => ({ kind: "tcp", host, port });
const unix = (path: string): Address => ({ kind: "unix", path });

const addresses: readonly (readonly [text: string, address: Address, formatted?: string])[] = [
  [":5000", tcp("", 5000)],
  ["5000", tcp("", 5000), ":5000"],
  ["*:5000", tcp("", 5000), ":5000"],
  [":0", tcp("", 0)],
  ["127.0.0.1:5000", tcp("127.0.0.1", 5000)],
  ["localhost:65535", tcp("localhost", 65535)],
  ["my-host.example:80", tcp("my-host.example", 80)],
  ["[::1]:5000", tcp("::1", 5000)],
  ["[::]:80", tcp("::", 80)],
  ["/run/x.sock", unix("/run/x.sock")],
  ["/run/x:1.sock", unix("/run/x:1.sock")],
  ["hello.sock", unix("hello.sock")],
  ["./5000", unix("./5000")],
  ["unix:/run/x.sock", unix("/run/x.sock"), "/run/x.sock"],
  ["@abstract", unix("\0abstract")],
];

for (const [text, address, formatted = text] of addresses) {
  test(`${text} is an address and is written ${formatted}`, () => {
    assert.deepEqual(parseAddress(text), address);
    assert.equal(formatAddress(address), formatted);
    assert.deepEqual(parseAddress(formatted), address);
  });
}

for (const text of ["", ":", "70000", ":65536", ":-1", "::1:5000", "[::1]", "[1.2.3.4]:80", "[x]:80", "@"]) {
  test(`"${text}" is no address`, () => assert.equal(parseAddress(text), undefined));
}
for (const text of [
  "localhost:",
  "localhost:http",
  "256.0.0.1:80",
  "1.2.3:80",
  "two words:80",
  "unix:",
  "/run/",
]) {
  test(`"${text}" is no address`, () => assert.equal(parseAddress(text), undefined));
}
