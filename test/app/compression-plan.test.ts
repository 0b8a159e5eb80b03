import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compressionPlan } from "../../src/app/compression-plan.ts";

interface Case {
  method?: string;
  status?: number;
  accepted?: string | undefined;
  headers?: string[];
  isFull?: boolean;
}

const html = ["Content-Type", "text/html; charset=utf-8"];
const plan = ({ method = "GET", status = 200, headers = html, isFull = false, ...rest }: Case) =>
  compressionPlan(method, status, headers, "accepted" in rest ? rest.accepted : "gzip", isFull);

describe("compression: what is encoded", () => {
  const encoded: [name: string, request: Case, coding: string][] = [
    ["of no known length", {}, "gzip"],
    ["of 1 kB", { headers: [...html, "Content-Length", "1024"] }, "gzip"],
    ["what browsers accept", { accepted: "gzip, deflate, br, zstd" }, "zstd"],
    ["without zstd", { accepted: "gzip, deflate, br" }, "br"],
    ["by weight", { accepted: "gzip, br;q=0.9" }, "gzip"],
    ["a POST's answer", { method: "POST" }, "gzip"],
    ["an error", { status: 404 }, "gzip"],
    ["JSON of a kind", { headers: ["content-type", "application/problem+json"] }, "gzip"],
    ["SVG", { headers: ["content-type", "image/svg+xml"] }, "gzip"],
    ["events", { headers: ["content-type", "text/event-stream"] }, "gzip"],
    ["what asks for it", { headers: ["Content-Type", "image/tiff", "uWSGI-Encoding", "gzip"] }, "gzip"],
    ["HEAD of a known length", { method: "HEAD", headers: [...html, "Content-Length", "5000"] }, "gzip"],
  ];
  for (const [name, request, coding] of encoded) {
    test(name, () => {
      const { headers, coding: chosen } = plan(request);
      assert.equal(chosen, coding);
      assert.deepEqual(headers.slice(-2), ["Content-Encoding", coding]);
      assert.ok(!headers.some((text) => /^(content-length|uwsgi-encoding)$/i.test(text)));
    });
  }

  test("the head becomes that of the encoded bytes", () => {
    const headers = [
      ...html,
      "ETag",
      '"a"',
      "content-length",
      "9000",
      "Accept-Ranges",
      "bytes",
      "Vary",
      "Origin",
    ];
    assert.deepEqual(plan({ headers }), {
      headers: [...html, "ETag", 'W/"a"', "Vary", "Origin, Accept-Encoding", "Content-Encoding", "gzip"],
      coding: "gzip",
      length: 9000,
    });
  });

  test("a weak tag, and a Vary that says it already, stay as they are", () => {
    const headers = [...html, "etag", 'W/"a"', "vary", "Cookie, accept-encoding"];
    assert.deepEqual(plan({ headers }).headers, [...headers, "Content-Encoding", "gzip"]);
    assert.ok(!plan({ headers: [...html, "Vary", "*"] }).headers.includes("Accept-Encoding"));
  });
});

describe("compression: what stays as it is", () => {
  const same: [name: string, headers: string[], status?: number][] = [
    ["an image", ["Content-Type", "image/png"]],
    ["no type", ["X-Other", "text/html"]],
    ["what is encoded", [...html, "Content-Encoding", "br"]],
    ["what says that it is not to be", [...html, "Content-Encoding", "identity"]],
    ["no-transform", [...html, "Cache-Control", "private, No-Transform"]],
    ["a part", [...html, "Content-Range", "bytes 0-9/10"], 206],
    ["a part of several", ["Content-Type", "multipart/byteranges; boundary=a"], 206],
    ["what has a digest", [...html, "Content-Digest", "sha-256=:a:"]],
    ["gRPC", ["Content-Type", "application/grpc"]],
  ];
  for (const [name, headers, status] of same) {
    test(name, () => {
      assert.deepEqual(plan({ headers, ...(status && { status }) }), {
        headers,
        coding: undefined,
        length: undefined,
      });
    });
  }

  const varied: [name: string, request: Case][] = [
    ["a client that takes none", { accepted: undefined }],
    ["a client that takes others", { accepted: "deflate, gzip;q=0" }],
    ["a client that likes it better so", { accepted: "identity, gzip;q=0.5" }],
    ["little", { headers: [...html, "Content-Length", "1023"] }],
    ["nothing", { headers: [...html, "Content-Length", "0"] }],
    ["HEAD of no known length", { method: "HEAD" }],
    ["204", { status: 204 }],
    ["205", { status: 205 }],
    ["no more encoders", { isFull: true }],
  ];
  for (const [name, request] of varied) {
    test(`${name}, but told apart`, () => {
      const { headers, coding } = plan(request);
      assert.equal(coding, undefined);
      assert.deepEqual(headers, [...(request.headers ?? html), "Vary", "Accept-Encoding"]);
    });
  }

  test("a 304 confirms the weak tag that was sent", () => {
    const confirmed = plan({ status: 304, headers: ["ETag", '"a"'] });
    assert.deepEqual(confirmed.headers, ["ETag", 'W/"a"', "Vary", "Accept-Encoding"]);
    assert.equal(confirmed.coding, undefined);
    assert.deepEqual(
      plan({ status: 304, headers: ["ETag", '"a"', "Content-Type", "image/png"] }).headers.at(1),
      '"a"',
    );
    assert.equal(plan({ status: 304, headers: ["ETag", '"a"'], accepted: "deflate" }).headers[1], '"a"');
  });
});
