import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noMachine, onMachine } from "../../support/machine.ts";

describe("portico nginx check", { skip: noMachine }, () => {
  it("finds nothing wrong with what portico up installs, and what people do to it since", async (t) => {
    const said = await onMachine(
      t,
      `cd examples/hello
../../bin/portico up > /dev/null
../../bin/portico nginx check hello.ini && echo "status 0" || echo "status $?"
echo "== another ini"
sed -i 's/^processes.*/processes = 1/; s/^\\[nginx\\]/harakiri = 90\\n[nginx]/' hello.ini
../../bin/portico nginx check hello.ini && echo "status 0" || echo "status $?"
echo "== changed by hand"
echo "# mine" >> /etc/nginx/sites-available/hello.conf
../../bin/portico nginx check hello.ini && echo "status 0" || echo "status $?"
echo "== the app is gone"
../../bin/portico stop > /dev/null
../../bin/portico nginx check hello.ini && echo "status 0" || echo "status $?"`,
    );
    const [installed = "", ini = "", byHand = "", gone = ""] = said.split(/^== .*$/m);
    assert.match(installed, /^NGINX 1\.\S+: .*advice\nstatus 0$/m);
    assert.doesNotMatch(installed, /error:|warning:/);
    assert.match(ini, /warning: the installed site is not what the ini says/);
    assert.match(byHand, /sites-enabled\/hello:1: warning: it was changed after NGINX had read it/);
    assert.match(gone, /error: NGINX cannot connect to \S+hello\.1\.sock \[socket\]\n +there is no/);
    assert.match(gone, /status 6/);
  });

  it("looks at sites that people wrote, and tries each socket as NGINX's user", async (t) => {
    const said = await onMachine(
      t,
      `root=$PWD
mkdir -p /tmp/$$/closed /tmp/$$/open
chmod 755 /tmp/$$ /tmp/$$/open
chmod 700 /tmp/$$/closed
cat > app.ini <<END
[uwsgi]
chdir = $PWD/examples/hello
module = hello:app
socket = /tmp/$$/closed/app.sock
socket = /tmp/$$/open/shut.sock
chmod-socket = 660
processes = 1
END
bin/portico app.ini --worker-sockets=false --daemonize app.log > /dev/null
cat > /etc/nginx/sites-enabled/mine <<END
server {
    listen 5001;
    server_name mine.example;
    location / {
        include uwsgi_params;
        uwsgi_pass unix:/tmp/$$/closed/app.sock;
    }
    location /b {
        uwsgi_pass unix:/tmp/$$/open/shut.sock;
    }
    location /static {
        alias /srv/static/;
    }
}
END
nginx
bin/portico nginx check /etc/nginx/sites-enabled/mine || echo "status $?"
echo "== all"
bin/portico nginx check --json > all.json || echo "status $?"
grep -c '"rule"' all.json
echo "== open to all"
chmod 711 /tmp/$$/closed
chmod 666 /tmp/$$/closed/app.sock /tmp/$$/open/shut.sock
bin/portico nginx check /etc/nginx/sites-enabled/mine | grep "cannot connect" || echo "all reached"
echo "== another"
sed 's/5001/5002/' /etc/nginx/sites-enabled/mine > other.conf
bin/portico nginx check other.conf || echo "status $?"
echo "== refused"
echo "no_such_thing on;" > /etc/nginx/sites-enabled/broken
bin/portico nginx check || echo "status $?"
bin/portico stop app.ini > /dev/null
rm -r /tmp/$$`,
    );
    const [mine = "", all = "", open = "", other = "", refused = ""] = said.split(/^== .*$/m);
    assert.match(
      mine,
      /sites-enabled\/mine:6: error: NGINX cannot connect to \S+closed\/app\.sock \[socket\]\n +www-data may not pass through \S+closed \(mode 700/,
    );
    assert.match(
      mine,
      /sites-enabled\/mine:9: error: NGINX cannot connect to \S+shut\.sock \[socket\]\n +www-data may not write to \S+ \(mode 660/,
    );
    assert.match(
      mine,
      /mine:9: error: uwsgi_pass without REQUEST_METHOD[\s\S]*write:\n +include uwsgi_params;/,
    );
    assert.match(mine, /mine:11: error: location \/static without a slash/);
    assert.match(mine, /4 errors[\s\S]*status 6/);
    assert.match(all, /status 6\n\d+/);
    assert.match(open, /all reached/);
    assert.match(other, /other\.conf:11: error[\s\S]*other\.conf:1: warning: NGINX does not read this file/);
    assert.doesNotMatch(other, /not-in-force/);
    assert.match(
      refused,
      /error: NGINX refuses it \[refused\]\n +nginx: \[emerg\] unknown directive "no_such_thing"[\s\S]*status 6/,
    );
  });

  it("reads the files from disk where this user may not have NGINX do it", async (t) => {
    const said = await onMachine(t, `bin/portico nginx check || echo "status $?"`, "nobody");
    assert.match(said, /NGINX is not running[\s\S]*its files read from disk/);
  });
});
