import assert from "node:assert/strict";
import { it } from "node:test";
import type { HttpClient } from "../../support/http-client.ts";
import { CUT_WITHOUT_LENGTH } from "../differences.ts";
import { freshId, type Target } from "../target.ts";

/** Apps that throw: what the client sees, and that the next request is served. */
export function failureBehaviours(target: () => Target): void {
  it("answers 500 when the app throws before its answer, and keeps the error to itself", async () => {
    const { client } = target();
    const { status, body } = await client.ask("/throw");
    assert.equal(status, 500);
    assert.doesNotMatch(body, /secret|Error:|\.ts/);
    assert.equal((await client.ask("/text")).status, 200);
  });

  it("breaks off a response of known length when the app throws in its middle", async () => {
    const { client } = target();
    assert.equal(await outcome(client, "&length=1000"), "broken");
    assert.equal((await client.ask("/text")).status, 200);
  });

  it("breaks off a response of unknown length when the app throws in its middle", async () => {
    const { client } = target();
    assert.equal(await outcome(client, ""), CUT_WITHOUT_LENGTH.seenAt(target()));
    assert.equal((await client.ask("/text")).status, 200);
  });
}

/** Lets a response fail that the client has begun to read: whether it is then taken for a whole one. */
async function outcome(client: HttpClient, query: string): Promise<"broken" | "whole"> {
  const id = freshId();
  const response = await client.open(`/throw-late?id=${id}${query}`);
  assert.equal(response.statusCode, 200);
  let body = "";
  try {
    for await (const text of response.setEncoding("utf8")) {
      body += text;
      if (body === "the first bytes") await client.ask(`/open?id=${id}`, { method: "POST" });
    }
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET", String(error));
    assert.equal(body, "the first bytes");
    return "broken";
  }
  assert.equal(body, "the first bytes");
  return "whole";
}
