import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noMachine, onMachine } from "../support/machine.ts";

/** Asks until somebody answers. */
const ASK = "curl -sS --retry 20 --retry-connrefused --max-time 10";

describe("the commands of the README and of the seed, as they are written", { skip: noMachine }, () => {
  const commands = [
    "portico hello.ts",
    "portico --http-socket :5000 --plugin node -w hello --callable app",
    "portico dev hello.ts",
  ];
  for (const command of commands)
    it(`${command} serves on port 5000`, async (t) => {
      const said = await onMachine(
        t,
        `cd examples/hello
PATH=../../bin:$PATH
${command} 2> log & server=$!
${ASK} http://localhost:5000/
kill $server
wait $server
echo "status $?"`,
      );
      assert.match(said, /Hello, World![\s\S]*status 0/);
    });

  it("the seed's five steps put the app behind a site that was written by hand", async (t) => {
    const said = await onMachine(
      t,
      `mount -t tmpfs tmpfs /var/www
PATH=$PWD/bin:$PATH
cp -a examples/hello /var/www/app
cd /var/www/app
portico --ini hello.ini --daemonize portico-daemon.log
cp /var/www/app/hello.conf /etc/nginx/sites-available/hello.conf
ln -s -f /etc/nginx/sites-available/hello.conf /etc/nginx/sites-enabled/hello
service nginx restart
${ASK} -i http://localhost:5000/
portico status
portico stop
ls -A | grep sock || echo vacuumed`,
    );
    assert.match(said, /Server: nginx[\s\S]*\r\n\r\nHello, World![\s\S]*worker 1[\s\S]*vacuumed/);
  });

  it("an ini alone is served as with --ini", async (t) => {
    const said = await onMachine(
      t,
      `cd examples/hello
../../bin/portico hello.ini 2> log & server=$!
while ! grep -q "is served by" log; do :; done
ls -A
../../bin/portico nginx test hello.ini
../../bin/portico nginx install hello.ini
${ASK} http://localhost:5000/
../../bin/portico nginx remove hello.ini
ls /etc/nginx/sites-enabled
kill $server
wait $server`,
    );
    assert.match(
      said,
      /hello\.1\.sock[\s\S]*NGINX \S+ takes the site[\s\S]*Hello, World![\s\S]*nginx reloaded/,
    );
  });
});
