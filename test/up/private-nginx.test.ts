import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noMachine, onMachine } from "../support/machine.ts";

describe("portico up with nginx = private", { skip: noMachine }, () => {
  it("needs no root, again is an update, and stop ends both roles", async (t) => {
    const said = await onMachine(
      t,
      `cd examples/hello
export PORTICO_NGINX=private
../../bin/portico up hello.ini
curl -sSi http://localhost:5000/
sed -i 's/Hello, World!/Hello, update!/' hello.ts
../../bin/portico up hello.ini
curl -sS http://localhost:5000/
../../bin/portico stop
curl -sS http://localhost:5000/ || echo "nobody answers"
pgrep -a nginx || echo "no NGINX"
ls -A | grep sock || echo "no sockets"`,
      "nobody",
    );
    assert.match(
      said,
      /site file +[\d.]+ ms {2}skipped: nginx = private: the app server keeps one of its own/,
    );
    assert.match(said, /\nhttp:\/\/localhost:5000\/\n/);
    assert.match(said, /Server: nginx[\s\S]*\r\n\r\nHello, World!/);
    assert.match(said, /app server .*reloaded: generation 2[\s\S]*Hello, update!/);
    assert.match(said, /nobody answers\nno NGINX\nno sockets/);
  });

  it("nginx = off leaves NGINX alone, and nginx = system does not do without it", async (t) => {
    const said = await onMachine(
      t,
      `cd examples/hello
PORTICO_NGINX=off ../../bin/portico up hello.ini
curl -sSi http://localhost:5000/
ls /etc/nginx/sites-enabled
../../bin/portico stop
rmdir /etc/nginx/sites-enabled
PORTICO_NGINX=system ../../bin/portico up hello.ini || echo "status $?"
../../bin/portico stop`,
    );
    assert.match(said, /skipped: nginx = off: Portico answers by itself/);
    assert.match(said, /HTTP\/1\.1 200 OK/);
    assert.doesNotMatch(said, /Server: nginx/);
    assert.match(said, /✗ site file[\s\S]*sites-enabled does not exist[\s\S]*status 1/);
  });
});
