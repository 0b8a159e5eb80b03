import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { it } from "node:test";
import { whyNobodyListens } from "../../../src/nginx/check/listening.ts";
import { freePort } from "../../support/free-port.ts";

it("a port of this machine is told apart by whether somebody listens there", {
  skip: !existsSync("/proc/net/tcp") && "needs /proc",
}, async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const host of ["127.0.0.1", "localhost"]) assert.equal(whyNobodyListens(`${host}:${port}`), undefined);
  assert.match(
    whyNobodyListens(`127.0.0.1:${await freePort()}`)!,
    /^nothing listens on port \d+ of this machine/,
  );
  assert.equal(whyNobodyListens("app.example:1"), undefined);
  assert.equal(whyNobodyListens("127.0.0.1"), undefined);
});
