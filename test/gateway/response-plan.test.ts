import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planResponse, type ResponsePlan } from "../../src/gateway/response-plan.ts";

const TEXT = ["content-type", "text/plain"];

describe("the plan of a response", () => {
  test("is the same object for the same header, of whatever list", () => {
    const plan = planResponse("GET", 200, undefined, TEXT, 5);
    assert.equal(planResponse("POST", 200, undefined, [...TEXT], 5), plan);
    assert.equal(plan.fields, "content-type: text/plain\r\nContent-Length: 5\r\n");
  });

  test("is another one for another length, status, reason or header", () => {
    const plan = planResponse("GET", 200, undefined, TEXT, 5);
    assert.equal(planResponse("GET", 200, undefined, TEXT, 6).length, 6);
    assert.equal(planResponse("GET", 200, undefined, TEXT).length, undefined);
    assert.equal(planResponse("GET", 216, undefined, TEXT, 5).status, 216);
    assert.equal(planResponse("GET", 200, "Fine", TEXT, 5).reason, "Fine");
    assert.match(planResponse("GET", 200, undefined, ["content-type", "text/html"], 5).fields, /html/);
    assert.deepEqual(planResponse("GET", 200, undefined, TEXT, 5).fields, plan.fields);
  });

  test("does not follow a list that its app goes on to change", () => {
    const headers = ["x-count", "1"];
    planResponse("GET", 200, undefined, headers);
    headers[1] = "2";
    assert.equal(planResponse("GET", 200, undefined, headers).fields, "x-count: 2\r\n");
    assert.equal(planResponse("GET", 200, undefined, ["x-count", "1"]).fields, "x-count: 1\r\n");
    headers[1] = "3\r\nevil: 1";
    assert.throws(() => planResponse("GET", 200, undefined, headers), TypeError);
    assert.throws(() => planResponse("GET", 200, undefined, headers), TypeError);
  });

  test("is not kept where it sets a cookie", () => {
    const headers = ["Set-Cookie", "session=secret"];
    assert.notEqual(
      planResponse("GET", 200, undefined, headers),
      planResponse("GET", 200, undefined, headers),
    );
  });

  test("has no body for HEAD, 204 and 304, and Content-Length only as far as the app gave one", () => {
    assert.equal(planResponse("GET", 200, undefined, TEXT, 5).hasBody, true);
    const head = planResponse("HEAD", 200, undefined, TEXT, 5);
    assert.deepEqual(
      [head.hasBody, head.length, head.fields],
      [false, undefined, "content-type: text/plain\r\n"],
    );
    const declared = planResponse("HEAD", 200, undefined, ["Content-Length", "7"], 0);
    assert.deepEqual([declared.hasBody, declared.length], [false, 7]);
    for (const status of [204, 304]) {
      const plan = planResponse("GET", status, undefined, [], 0);
      assert.deepEqual([plan.hasBody, plan.length, plan.fields], [false, undefined, ""]);
    }
  });

  test("has its head made once for the same wire and date", () => {
    let made = 0;
    const one = ({ fields }: ResponsePlan, extra: string): string => `${++made} ${fields}${extra}`;
    const other = (_: ResponsePlan, extra: string): string => `other ${extra}`;
    const plan = planResponse("GET", 200, undefined, ["x", "\xe9"]);
    const texts = ["a", "a", "a", "b", "b"].map((extra) => plan.head(one, extra));
    assert.deepEqual(
      texts,
      ["a", "a", "a", "b", "b"].map((extra) => `${extra === "a" ? 1 : 2} x: \xe9\r\n${extra}`),
    );
    assert.equal(plan.head(other, "b"), "other b");
    assert.equal(plan.head(one, "b"), "3 x: \xe9\r\nb");
  });
});
