import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { it } from "node:test";
import type { Answer } from "../../support/http-client.ts";
import type { Target } from "../target.ts";

/** Requests and responses that fit into memory: what HTTP says, the app hears, and the other way round. */
export function messageBehaviours(target: () => Target): void {
  const ask = (...args: Parameters<Target["client"]["ask"]>): Promise<Answer> => target().client.ask(...args);
  const json = async (...args: Parameters<typeof ask>): Promise<unknown> => {
    const { status, body } = await ask(...args);
    assert.equal(status, 200, body);
    return JSON.parse(body) as unknown;
  };

  it("answers GET", async () => {
    const { status, reason, headers, body } = await ask("/text");
    assert.deepEqual({ status, reason, body }, { status: 200, reason: "OK", body: "Hello, World!\n" });
    assert.deepEqual(headers["x-answer"], ["42"]);
    assert.match(headers["content-type"]![0]!, /^text\/plain/);
    assert.equal(headers["date"]?.length, 1);
  });

  it("answers HEAD with the header fields of GET and no body", async () => {
    const get = await ask("/text");
    const head = await ask("/text", { method: "HEAD" });
    assert.deepEqual({ status: head.status, body: head.body }, { status: 200, body: "" });
    assert.deepEqual(constantFields(head), constantFields(get));
    // It may be left out, but not be another (RFC 9110, section 8.6).
    const length = head.headers["content-length"];
    if (length !== undefined) assert.deepEqual(length, ["14"]);
  });

  it("answers HEAD of a stream without it, and the connection goes on", async () => {
    const { status, body } = await ask("/download?bytes=1000000", { method: "HEAD" });
    assert.deepEqual({ status, body }, { status: 200, body: "" });
    assert.equal((await ask("/text")).body, "Hello, World!\n");
  });

  for (const status of [204, 304]) {
    it(`answers ${status} without a body, and the connection goes on`, async () => {
      const answer = await ask(`/status/${status}`);
      assert.equal(answer.status, status);
      assert.equal(answer.body, "");
      assert.deepEqual(answer.headers["etag"], ['"v1"']);
      assert.equal(answer.headers["transfer-encoding"], undefined);
      if (status === 204) assert.equal(answer.headers["content-length"], undefined);
      assert.equal((await ask("/text")).body, "Hello, World!\n");
    });
  }

  it("tells the app the method", async () => {
    for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status, body } = await ask("/method", { method });
      assert.deepEqual({ status, body }, { status: 200, body: method });
    }
  });

  it("tells the app path and query as they were sent", async () => {
    const url = "/path/a%20b%2Fc?x=%26&y=1";
    assert.deepEqual(await json(url), { url, x: "&", y: "1" });
    const odd = "/path//caf%C3%A9/%25%3F;v=1/?x=a+b%2B&y=%E2%82%AC";
    assert.deepEqual(await json(odd), { url: odd, x: "a b+", y: "€" });
  });

  it("keeps both of two request header fields of a name", async () => {
    const seen = (await json("/headers", { headers: ["X-Dup", "1", "X-Dup", "2, 3"] })) as { dup: string };
    assert.equal(seen.dup, "1, 2, 3");
  });

  it("tells the app several cookies", async () => {
    const seen = (await json("/headers", { headers: ["Cookie", "a=1; b=2; c=%3D"] })) as { cookie: string };
    assert.equal(seen.cookie, "a=1; b=2; c=%3D");
  });

  it("sends two Set-Cookie fields as two", async () => {
    const { headers } = await ask("/cookies");
    assert.deepEqual(headers["set-cookie"], ["a=1; Path=/", "b=2, with a comma; Path=/"]);
  });

  it("takes JSON", async () => {
    const value = { text: "Grüße, 世界", list: [1, null, true] };
    const headers = ["Content-Type", "application/json"];
    assert.deepEqual(await json("/json", { method: "POST", headers, body: JSON.stringify(value) }), {
      got: value,
    });
  });

  it("takes a form", async () => {
    const headers = ["Content-Type", "application/x-www-form-urlencoded"];
    const seen = await json("/form", { method: "POST", headers, body: "name=J%C3%BCrgen+M&tag=a&tag=%26" });
    assert.deepEqual(seen, { name: "Jürgen M", tags: ["a", "&"] });
  });

  it("takes a chunked request body", async () => {
    const parts = ["hello", " ", "world"].map((part) => Buffer.from(part));
    const seen = await json("/digest", {
      method: "POST",
      body: (async function* () {
        yield* parts;
      })(),
    });
    assert.deepEqual(seen, digest(Buffer.concat(parts)));
  });

  it("takes an empty body, declared and not", async () => {
    const empty = digest(Buffer.alloc(0));
    assert.deepEqual(await json("/digest", { method: "POST", headers: ["Content-Length", "0"] }), empty);
    assert.deepEqual(await json("/digest", { method: "POST", body: (async function* () {})() }), empty);
  });

  it("takes a body of 1 MB whole", async () => {
    const body = Buffer.alloc(1024 * 1024, "0123456789abcde");
    assert.deepEqual(await json("/digest", { method: "POST", body }), digest(body));
  });

  for (const kilobytes of [100, 2_000]) {
    it(`answers though the app does not read the body of ${kilobytes} KB, and goes on`, async () => {
      const body = Buffer.alloc(kilobytes * 1000);
      const headers = ["Content-Type", "application/octet-stream"];
      const answer = await ask("/method", { method: "POST", headers, body });
      assert.deepEqual({ status: answer.status, body: answer.body }, { status: 200, body: "POST" });
      assert.equal((await ask("/text")).body, "Hello, World!\n");
    });
  }

  it("keeps 40 requests at once apart", async () => {
    const headers = ["Content-Type", "application/json"];
    const asked = Array.from({ length: 40 }, (_, n) => n);
    const seen = asked.map((n) => json("/json", { method: "POST", headers, body: JSON.stringify({ n }) }));
    assert.deepEqual(
      await Promise.all(seen),
      asked.map((n) => ({ got: { n } })),
    );
  });

  it("answers after Early Hints", async () => {
    const { status, body } = await ask("/early");
    assert.deepEqual({ status, body }, { status: 200, body: "done" });
  });

  it("sends a header field of 30 KB", async () => {
    const { status, headers } = await ask(`/large-header?bytes=${30 * 1024}`);
    assert.equal(status, 200);
    assert.deepEqual(headers["x-large"], ["a".repeat(30 * 1024)]);
  });
}

/** Fields that do not depend on when they were sent and on how the body is framed. */
function constantFields({ headers }: Answer): Record<string, unknown> {
  const {
    date,
    connection,
    "keep-alive": _,
    "content-length": __,
    "transfer-encoding": ___,
    ...rest
  } = headers;
  return rest;
}

function digest(body: Buffer): { length: number; sha256: string } {
  return { length: body.length, sha256: createHash("sha256").update(body).digest("hex") };
}
