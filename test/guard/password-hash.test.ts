import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { isVerifiable, verifyPassword } from "../../src/guard/password-hash.ts";

/** Held against openssl's own passwd. */
const PASSWORDS = [
  "a",
  "secret",
  "pässwörd ñ",
  "x".repeat(15),
  "y".repeat(16),
  "z".repeat(17),
  "0".repeat(200),
];

for (const flag of ["-6", "-5", "-apr1", "-1"])
  test(`openssl passwd ${flag}`, async () => {
    for (const password of PASSWORDS) {
      // openssl takes 256 bytes at the most.
      const stored = execFileSync("openssl", ["passwd", flag, "-stdin"], { input: `${password}\n` });
      const line = stored.toString().trim();
      assert.ok(isVerifiable(line), line);
      assert.ok(await verifyPassword(Buffer.from(password), line), `${password}: ${line}`);
      assert.ok(!(await verifyPassword(Buffer.from(`${password}.`), line)));
      assert.ok(!(await verifyPassword(Buffer.alloc(0), line)));
    }
  });

/** The first is of U. Drepper's test vectors, the second of glibc's crypt(3). */
test("SHA-crypt with rounds of its own", async () => {
  for (const stored of [
    "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
    "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
  ])
    assert.equal(await verifyPassword(Buffer.from("Hello world!"), stored), true);
});

test("{SSHA}, {SHA} and {PLAIN}", async () => {
  const sha1 = (bytes: Buffer): Buffer => createHash("sha1").update(bytes).digest();
  const salt = randomBytes(8);
  const salted = Buffer.concat([sha1(Buffer.concat([Buffer.from("secret"), salt])), salt]);
  const all = [
    `{SSHA}${salted.toString("base64")}`,
    `{SHA}${sha1(Buffer.from("secret")).toString("base64")}`,
  ];
  for (const stored of [...all, "{PLAIN}secret"]) {
    assert.ok(isVerifiable(stored));
    assert.ok(await verifyPassword(Buffer.from("secret"), stored), stored);
    assert.ok(!(await verifyPassword(Buffer.from("Secret"), stored)), stored);
  }
});

test("what cannot be verified is told, and a very long password costs nothing", async () => {
  for (const stored of [
    "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC",
    "$y$j9T$a$b",
    "rl.3StKT.4T8M",
    "",
  ])
    assert.ok(!isVerifiable(stored), stored);
  const stored = execFileSync("openssl", ["passwd", "-6", "secret"]).toString().trim();
  assert.equal(await verifyPassword(Buffer.alloc(30_000, "x"), stored), false);
});
