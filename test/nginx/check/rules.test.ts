import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check } from "../../../src/nginx/check/check.ts";
import type { Facts, Finding } from "../../../src/nginx/check/finding.ts";
import { dumpSource } from "../../../src/nginx/check/source.ts";
import { treeOf } from "../../../src/nginx/check/tree.ts";

const FACTS: Facts = {
  cannotReach: () => undefined,
  nobodyListens: () => undefined,
  openFiles: 1_048_576,
  app: undefined,
};
const APP = {
  directory: "/srv/hello",
  limitPost: 20 * 1024 ** 2,
  harakiri: 90,
  sockets: ["/run/hello.sock"],
  workerSockets: [],
};

/** What is found in an nginx.conf, its `uwsgi_params` beside it. */
function findings(conf: string, facts: Partial<Facts> = {}): Finding[] {
  const params = ["QUERY_STRING", "REQUEST_METHOD", "REQUEST_URI", "PATH_INFO"]
    .map((name) => `uwsgi_param ${name} $x;`)
    .join("\n");
  const files = new Map([
    ["/etc/nginx/nginx.conf", conf],
    ["/etc/nginx/uwsgi_params", params],
  ]);
  return check(treeOf(dumpSource(files, "/etc/nginx"), "/etc/nginx/nginx.conf"), { ...FACTS, ...facts });
}

/** What is found in a server block that has nothing else wrong, as "rule:line". */
function inServer(text: string, facts: Partial<Facts> = {}): string[] {
  return inHttp(`server {\nlisten 80;\n${text}\n}`, facts).map((found) =>
    found.replace(/\d+$/, (n) => String(Number(n) - 2)),
  );
}

function inHttp(text: string, facts: Partial<Facts> = {}): string[] {
  return findings(
    `worker_processes auto; events { worker_connections 4096; } http { server_tokens off;\n${text}\n}`,
    facts,
  ).map(({ rule, line }) => `${rule}:${line - 1}`);
}

const UWSGI = "location / { include uwsgi_params; uwsgi_pass unix:/run/hello.sock; }";
const HEADERS = `proxy_set_header Host $host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection;
proxy_http_version 1.1;`;
const KEPT = "upstream app { server unix:/run/app.sock; keepalive 8; }";

/** [what it is about, what stands in a server block, what is found: the rule and its line] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ["the seed's site", UWSGI, []],
  ["uwsgi_pass alone", "location / {\nuwsgi_pass unix:/run/hello.sock;\n}", ["missing-params:2"]],
  ["params at the server's level", "include uwsgi_params;\nlocation / { uwsgi_pass 127.0.0.1:3031; }", []],
  [
    "params hidden by one of its own",
    "include uwsgi_params;\nlocation / {\nuwsgi_param SCRIPT_NAME /x;\nuwsgi_pass 127.0.0.1:3031; }",
    ["lost-headers:3", "missing-params:4"],
  ],
  ["an alias that leads out", "location /static {\nalias /srv/static/;\n}", ["alias-traversal:1"]],
  ["an alias with a slash on both", "location /static/ { alias /srv/static/; }", []],
  ["an alias without any", "location /static { alias /srv/static; }", []],
  ["an alias without its slash", "location /static/ {\nalias /srv/static; }", ["alias-slash:2"]],
  ["an alias for one file", "location = /robots.txt { alias /srv/robots.txt; }", []],
  [
    "an alias that leads out, preferred",
    "location ^~ /static { alias /srv/static/; }",
    ["alias-traversal:1"],
  ],
  ["an alias in a regex", "location ~ ^/static { alias /srv/static/; }", ["alias-in-regex:1"]],
  ["an alias in a regex with its group", "location ~ ^/static/(.*)$ { alias /srv/static/$1; }", []],
  ["a redirect with $uri", "return 301 https://$host$uri;", ["splitting:1"]],
  ["a redirect with the name in braces", `return 301 https://$host$\{uri};`, ["splitting:1"]],
  ["a redirect with $request_uri", "return 301 https://$host$request_uri;", []],
  ["a rewrite to another site", "rewrite ^ https://other.example$uri permanent;", ["splitting:1"]],
  ["an internal rewrite", "rewrite ^/a(.*)$ /b$1 last;", []],
  ["a header with $uri", "add_header X-Was $document_uri;", ["splitting:1"]],
  ["try_files with $uri", "try_files $uri $uri/ =404;", []],
  ["proxying as it should be", `${HEADERS}\nlocation / { proxy_pass http://app; }`, []],
  [
    "proxying as it comes",
    "location / {\nproxy_pass http://app; }",
    ["forwarded:2", "no-keep-alive:2", "streaming:2"],
  ],
  [
    "proxying to an address",
    `${HEADERS}\nlocation / {\nproxy_pass http://127.0.0.1:8000/; }`,
    ["no-upstream:8"],
  ],
  [
    "another module's directives",
    "location / {\ninclude uwsgi_params; uwsgi_pass 127.0.0.1:3031;\nproxy_read_timeout 300; proxy_set_header X-Real-IP $remote_addr; }",
    ["no-effect:3"],
  ],
  ["another's site", "location / { proxy_pass https://api.example.com; proxy_buffering off; }", []],
  ["$uri in proxy_pass", `${HEADERS}\nlocation / {\nproxy_pass http://app$uri; }`, ["splitting:8"]],
  [
    "a header taken from the client",
    "location / { include uwsgi_params;\nuwsgi_param HTTP_X_FORWARDED_FOR $http_x_forwarded_for;\nuwsgi_pass unix:/run/hello.sock; }",
    ["from-outside:2"],
  ],
  [
    "an upgrade that is only half",
    "proxy_set_header Host $host;\nproxy_set_header X-Forwarded-For $remote_addr;\nproxy_set_header X-Forwarded-Proto $scheme;\nproxy_set_header Upgrade $http_upgrade;\nlocation / { proxy_pass http://app; }",
    ["web-socket:4", "no-keep-alive:5"],
  ],
  [
    "a security header lost",
    "add_header X-Frame-Options DENY;\nlocation /a/ {\nadd_header X-A 1; root /srv; }",
    ["lost-headers:3"],
  ],
  ["headers said again", "add_header X-B 1;\nlocation /a/ { add_header X-A 1; add_header X-B 1; }", []],
  ["a listing", "location /files/ {\nautoindex on; }", ["autoindex:2"]],
  ["a status page for all", "location /status {\nstub_status; }", ["open-status:2"]],
  ["a status page for this machine", "location /status { stub_status; allow 127.0.0.1; deny all; }", []],
  [
    "old versions of TLS",
    "ssl_protocols TLSv1 TLSv1.2;\nlisten 443 ssl http2; ssl_certificate a;",
    ["old-tls:1"],
  ],
  ["old versions of TLS, where there is none", "ssl_protocols TLSv1 TLSv1.2;", []],
  ["TLS without a certificate", "listen 443 ssl http2;", ["no-certificate:1"]],
  ["TLS without HTTP/2", "listen 443 ssl;\nssl_certificate a; ssl_certificate_key b;", ["http2:1"]],
];

describe("the rules find", () => {
  for (const [name, text, expected] of CASES)
    it(name, () => {
      const found = inHttp(`${KEPT} server { listen 80;\n${text}\n}`).map((one) =>
        one.replace(/\d+$/, (line) => String(Number(line) - 1)),
      );
      assert.deepEqual(found.sort(), [...expected].sort());
    });

  it("two servers of one name, and two defaults", () => {
    assert.deepEqual(
      inHttp(`server { listen 80 default_server; server_name a.example; }
server { listen 80;
  server_name b.example A.example; }
server { listen *:80 default_server; server_name c.example; }
server { listen 8080; server_name a.example; }`),
      ["two-defaults:4", "name-clash:2"],
    );
  });

  it("a socket that NGINX cannot reach, once for each", () => {
    const cannotReach = (socket: string) => (socket === "/run/hello.sock" ? "no such file" : undefined);
    assert.deepEqual(
      inServer(`${UWSGI}\nlocation /b/ { include uwsgi_params; uwsgi_pass unix:/run/hello.sock; }`, {
        cannotReach,
      }),
      ["socket:1"],
    );
    assert.deepEqual(
      inHttp(
        `upstream a {\nserver unix:/run/hello.sock; }\nserver { listen 80; location / { include uwsgi_params; uwsgi_pass a; } }`,
        {
          cannotReach,
        },
      ),
      ["socket:2"],
    );
  });

  it("an address at which nobody listens", () => {
    const nobodyListens = (address: string) => (address === "127.0.0.1:3031" ? "nothing there" : undefined);
    const two =
      "location / { include uwsgi_params; uwsgi_pass 127.0.0.1:3031; }\nlocation /b/ { include uwsgi_params; uwsgi_pass 127.0.0.1:3032; }";
    assert.deepEqual(inServer(two, { nobodyListens }), ["socket:1"]);
  });

  it("limits below the app's, where the site passes to that app", () => {
    assert.deepEqual(inServer(UWSGI, { app: APP }), ["body-size:1", "timeout:1"]);
    const right = `client_max_body_size 20m;\nuwsgi_read_timeout 1m35s;\n${UWSGI}`;
    assert.deepEqual(inServer(right, { app: APP }), []);
    assert.deepEqual(inServer(right.replace("20m", "1M"), { app: APP }), ["body-size:1"]);
    assert.deepEqual(inServer(right.replace("1m35s", "90"), { app: APP }), ["timeout:2"]);
    assert.deepEqual(inServer(UWSGI, { app: { ...APP, sockets: ["/run/other.sock"] } }), []);
    assert.deepEqual(inServer(UWSGI, { app: { ...APP, limitPost: 0, harakiri: 0 } }), []);
  });

  it("the app's own directory, served", () => {
    const app = { ...APP, limitPost: 0, harakiri: 0 };
    const served = (text: string) => inServer(text, { app });
    assert.deepEqual(served("root /srv/hello;\nlocation / { try_files $uri @app; }"), ["served-sources:1"]);
    assert.deepEqual(served("location / { root /srv; }"), ["served-sources:1"]);
    assert.deepEqual(served("location /static/ { alias /srv/hello/; }"), ["served-sources:1"]);
    assert.deepEqual(served("root /srv/hello/public;\nlocation / { try_files $uri @app; }"), []);
    assert.deepEqual(served("location /static/ { root /srv/hello; }"), []);
    assert.deepEqual(served(`root /srv/hello;\n${UWSGI}`), []);
  });

  it("workers that are reached over the socket that they share", () => {
    const own = ["/run/hello.1.sock", "/run/hello.2.sock"];
    const app = { ...APP, limitPost: 0, harakiri: 0, workerSockets: own };
    assert.deepEqual(inServer(UWSGI, { app }), ["worker-sockets:1"]);
  });

  it("an upstream that deals out in turn", () => {
    const servers = "server unix:/run/a.sock; server unix:/run/b.sock;";
    assert.deepEqual(inHttp(`upstream a { ${servers} }`), ["balance:1"]);
    assert.deepEqual(inHttp(`upstream a { zone a 64k; least_conn; ${servers} }`), []);
  });

  it("one worker, few connections, more connections than files, a version that is told", () => {
    const conf = `events {}\nhttp {\nserver { listen 80; ${UWSGI} } }`;
    assert.deepEqual(
      findings(conf).map(({ rule, line }) => `${rule}:${line}`),
      ["one-worker:1", "few-connections:1", "server-tokens:2"],
    );
    assert.deepEqual(
      findings("worker_processes 2;\nevents {\nworker_connections 4096; }", { openFiles: 1024 }).map(
        ({ rule, line }) => `${rule}:${line}`,
      ),
      ["open-files:3"],
    );
    assert.deepEqual(
      findings("worker_processes 2; worker_rlimit_nofile 9000; events { worker_connections 4096; }", {
        openFiles: 1024,
      }),
      [],
    );
  });

  it("what stands in an included file, with that file's name and line", () => {
    const files = new Map([
      ["/etc/nginx/nginx.conf", "events {} http { include sites-enabled/*; }"],
      [
        "/etc/nginx/sites-enabled/hello",
        "server {\n  listen 80;\n  location /s {\n    alias /srv/s/;\n  }\n}",
      ],
    ]);
    const [found] = check(treeOf(dumpSource(files, "/etc/nginx"), "/etc/nginx/nginx.conf"), FACTS);
    assert.equal(
      `${found?.file}:${found?.line} ${found?.severity}`,
      "/etc/nginx/sites-enabled/hello:3 error",
    );
    assert.deepEqual(found?.write, ["location /s/ {"]);
  });
});
