import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noMachine, onMachine } from "../support/machine.ts";

describe("./start.sh", { skip: noMachine }, () => {
  it("puts the app behind NGINX, and again under load is an update without a failed request", async (t) => {
    const said = await onMachine(
      t,
      `./start.sh
curl -sSi http://localhost:5000/
cd examples/hello
sed -i 's/Hello, World!/Hello, update!/' hello.ts
mkfifo stop
$LOAD 5000 8 < stop > load.json & load=$!
exec 9> stop
while ! grep -q started load.json; do :; done
./start.sh
exec 9>&-
wait $load
tail -1 load.json
curl -sS http://localhost:5000/
../../bin/portico stop
ls -A | grep sock || echo no sockets left`,
    );
    for (const step of ["packages", "app server", "site file", "site enabled", "nginx reloaded"])
      assert.match(said, new RegExp(`[✓=] ${step} +[\\d.]+ m?s {2}(done|unchanged)`), step);
    assert.match(said, /\nhttp:\/\/localhost:5000\/\n/);
    assert.match(said, /Server: nginx[\s\S]*\r\n\r\nHello, World!/);
    const load = JSON.parse(/^\{"requests".*$/m.exec(said)![0]) as {
      requests: number;
      failures: string[];
      answers: object;
    };
    assert.deepEqual(load.failures, []);
    assert.ok(load.requests > 100, `${load.requests} requests`);
    assert.deepEqual(Object.keys(load.answers), ["Hello, World!", "Hello, update!"]);
    assert.match(said, /Hello, update![\s\S]*has stopped\nno sockets left/);
  });

  it("where NGINX may not be configured answers by itself, and says how to get NGINX in front", async (t) => {
    const said = await onMachine(
      t,
      "./start.sh\ncurl -sSi http://localhost:5000/\nbin/portico stop examples/hello",
      "nobody",
    );
    assert.match(said, /- site file +[\d.]+ ms {2}skipped: .*run it as root \(sudo\)/);
    assert.match(said, /HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nHello, World!/);
    assert.doesNotMatch(said, /Server: nginx/);
  });

  it("with an app that cannot be loaded stops at the app server, says why, and an update leaves the old one", async (t) => {
    const said = await onMachine(
      t,
      `./start.sh > /dev/null
echo 'export default ;' > examples/hello/hello.ts
./start.sh || echo "status $?"
curl -sS http://localhost:5000/
bin/portico stop examples/hello
./start.sh || echo "status $?"
ls examples/hello | grep sock || echo no sockets left`,
    );
    assert.match(
      said,
      /✗ app server[\s\S]*hello\.ts:1[\s\S]*status 5[\s\S]*Hello, World![\s\S]*✗ app server[\s\S]*status 1\nno sockets left/,
    );
  });
});
