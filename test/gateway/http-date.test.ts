import assert from "node:assert/strict";
import { it, mock } from "node:test";
import { httpDate } from "../../src/gateway/http-date.ts";

it("the Date line changes with the second, not before", (t) => {
  mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.UTC(2026, 10, 22, 10, 49, 36, 250) });
  t.after(() => mock.timers.reset());
  assert.equal(httpDate(), "Date: Sun, 22 Nov 2026 10:49:36 GMT\r\n");
  mock.timers.tick(749);
  assert.equal(httpDate(), "Date: Sun, 22 Nov 2026 10:49:36 GMT\r\n");
  mock.timers.tick(1);
  assert.equal(httpDate(), "Date: Sun, 22 Nov 2026 10:49:37 GMT\r\n");
});
