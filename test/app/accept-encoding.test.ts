import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { acceptedEncodings } from "../../src/app/accept-encoding.ts";

const offer = ["br", "zstd", "gzip"] as const;

describe("Accept-Encoding (RFC 9110, section 12.5.3), with br, zstd and gzip on offer", () => {
  const cases: [accepted: string | undefined, wanted: string][] = [
    [undefined, ""],
    ["", ""],
    ["gzip, deflate, br, zstd", "br zstd gzip"],
    ["gzip", "gzip"],
    ["GZip", "gzip"],
    ["x-gzip", "gzip"],
    ["gzipped, notbr", ""],
    ["gzip;q=1.0, br;q=0.5", "gzip br"],
    ["gzip ; q=0.2 , br ; Q=0.3", "br gzip"],
    ["*", "br zstd gzip"],
    ["*;q=0", ""],
    ["gzip, *;q=0", "gzip"],
    ["*;q=0.5, gzip", "gzip br zstd"],
    ["br;q=0, *", "zstd gzip"],
    ["identity", ""],
    ["identity;q=0.5, gzip;q=0.4, br;q=0.6", "br"],
    ["identity;q=0, gzip;q=0.001", "gzip"],
    ["gzip;q=2", ""],
    ["gzip;q=-1", ""],
    ["gzip;q=", ""],
    ["gzip;q=0.1234", ""],
    ["gzip;q=a", ""],
    [",, gzip ,", "gzip"],
    ["__proto__, constructor;q=0, gzip", "gzip"],
  ];
  for (const [accepted, wanted] of cases) {
    test(JSON.stringify(accepted) ?? "none", () => {
      assert.equal(acceptedEncodings(accepted, offer).join(" "), wanted);
    });
  }
});
