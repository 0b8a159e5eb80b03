import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { noMachine, onMachine } from "../support/machine.ts";

/**
 * A certificate fetched for real, from an authority of the test's own: Pebble, Let's Encrypt's for tests, which asks
 * the site for its challenge on port 80 as that would. The command is the one that Portico names.
 */
const missing = ["pebble", "pebble-challtestsrv", "lego", "certbot", "curl", "openssl"].find(
  (command) => spawnSync("sh", ["-c", `command -v ${command}`]).status !== 0,
);
const skip = noMachine || (missing !== undefined && `needs ${missing}`);

const START = `
waitfor() { for i in $(seq 300); do "$@" > /dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; exit 1; }
mkdir ca app
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca/key.pem -out ca/cert.pem \\
  -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2> /dev/null
cat > ca/pebble.json <<END
{ "pebble": { "listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
  "certificate": "ca/cert.pem", "privateKey": "ca/key.pem", "httpPort": 80, "tlsPort": 443 } }
END
pebble-challtestsrv -dns01 127.0.0.1:8053 -http01 "" -https01 "" -tlsalpn01 "" \\
  -management 127.0.0.1:8055 -defaultIPv4 127.0.0.1 -defaultIPv6 "" > ca/dns.log 2>&1 &
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 PEBBLE_AUTHZREUSE=0 \\
  pebble -config ca/pebble.json -dnsserver 127.0.0.1:8053 > ca/pebble.log 2>&1 &
waitfor curl -sSf --cacert ca/cert.pem https://127.0.0.1:15000/roots/0
curl -sS --cacert ca/cert.pem https://127.0.0.1:15000/roots/0 > ca/root.pem
export LEGO_CA_CERTIFICATES=$PWD/ca/cert.pem REQUESTS_CA_BUNDLE=$PWD/ca/cert.pem
server=https://127.0.0.1:14000/dir
cd app
echo 'export default () => new Response("hello from the app");' > hello.js
portico() { ../bin/portico "$@"; }
ask() { curl -sS --resolve site.example:443:127.0.0.1 --resolve site.example:80:127.0.0.1 --cacert ../ca/root.pem "$@"; echo; }
serial() {
  openssl s_client -connect 127.0.0.1:443 -servername site.example < /dev/null 2> /dev/null | openssl x509 -noout -serial
}
# What it says is to be run.
command() { portico nginx print hello.ini 2>&1 > /dev/null | sed -n 's/.*install the site again: //p'; }
`;

const ini = (client: string): string => `cat > hello.ini <<END
[uwsgi]
module = hello
socket = hello.sock
[nginx]
server-name = site.example www.site.example
acme = ${client} path=le
auth = /members basic members.htpasswd
END
portico up hello.ini
ask http://site.example/
`;

const SERVED = `
portico up hello.ini
ask https://site.example/
ask -o /dev/null -w '%{http_code} %{redirect_url}' http://site.example/page
before=$(serial)
`;

const RENEWED = `
waitfor sh -c "! openssl s_client -connect 127.0.0.1:443 < /dev/null 2> /dev/null | openssl x509 -noout -serial | grep -q $before"
ask https://site.example/
portico stop
`;

describe("a certificate is fetched and renewed by the command that Portico names", {
  skip,
  concurrency: true,
}, () => {
  const assertServed = (said: string): void => {
    assert.equal(said.match(/^hello from the app$/gm)?.length, 3, said);
    assert.match(said, /^308 https:\/\/site\.example\/page$/m, said);
    assert.doesNotMatch(said, /in vain/);
  };

  test("lego", async (t) => {
    const said = await onMachine(
      t,
      `${START}${ini("lego")}
run=$(command | sed "s|^lego |lego --server $server --accept-tos |; s|YOU@|me@|")
echo "$run"
sh -c "$run" > ../ca/lego.log 2>&1 || { cat ../ca/lego.log; exit 1; }
${SERVED}
lego --server $server --accept-tos --path le --http --http.webroot $(echo "$run" | sed 's/.*--http.webroot \\([^ ]*\\).*/\\1/') \\
  --domains site.example --domains www.site.example --email me@site.example renew --days 36500 \\
  --no-random-sleep --renew-hook "nginx -s reload" > ../ca/lego.log 2>&1 || { cat ../ca/lego.log; exit 1; }
${RENEWED}`,
    );
    assertServed(said);
  });

  test("certbot", async (t) => {
    const said = await onMachine(
      t,
      `${START}${ini("certbot")}
more="--server $server --agree-tos --register-unsafely-without-email --non-interactive --work-dir work --logs-dir logs"
run=$(command)
echo "$run"
sh -c "$run $more" > ../ca/certbot.log 2>&1 || { cat ../ca/certbot.log; exit 1; }
${SERVED}
certbot renew --force-renewal --no-random-sleep-on-renew --config-dir le --work-dir work --logs-dir logs \\
  > ../ca/certbot.log 2>&1 || { cat ../ca/certbot.log; exit 1; }
${RENEWED}`,
    );
    assertServed(said);
  });
});
