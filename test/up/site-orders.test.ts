import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noMachine, onMachine } from "../support/machine.ts";

describe("the machine's NGINX in front", { skip: noMachine }, () => {
  it("goes into maintenance and back, and forgets what it keeps", async (t) => {
    const said = await onMachine(
      t,
      `cd examples/hello
sed -i 's/^\\[nginx\\]/[nginx]\\ncache = 1h/' hello.ini
grep -q '^cache' hello.ini || printf '\\n[nginx]\\ncache = 1h\\n' >> hello.ini
../../bin/portico up > /dev/null
ask() { curl -sS -o /dev/null -w "$1: %{http_code} %header{x-cache}\\n" http://localhost:5000/; }
ask first
ask again
../../bin/portico cache purge hello.ini /
ask purged
../../bin/portico maintenance on hello.ini
ask down
../../bin/portico maintenance status hello.ini
../../bin/portico maintenance off hello.ini
ask up
../../bin/portico stop > /dev/null`,
    );
    assert.match(said, /first: 200 MISS\nagain: 200 HIT\n1 answer of hello purged\npurged: 200 MISS\n/);
    assert.match(said, /down: 503 *\nhello is in maintenance since .*\nhello is in service\nup: 200 HIT\n/);
  });

  it("is not needed for TLS where it may not be configured", async (t) => {
    const said = await onMachine(
      t,
      `cd examples/hello
sed -i '/^listen/d' hello.ini
printf '\n[nginx]\nlisten = 5443\nself-signed = true\nredirect-https = 5080\n' >> hello.ini
../../bin/portico up
curl -sSk -o /dev/null -w "secure: %{http_code}\n" https://localhost:5443/
curl -sS -o /dev/null -w "plain: %{http_code} %header{location}\n" http://localhost:5080/x
../../bin/portico stop > /dev/null`,
      "nobody",
    );
    assert.match(said, /\nhttps:\/\/localhost:5443\/\nsecure: 200\nplain: 308 https:\/\/localhost:5443\/x\n/);
  });
});
