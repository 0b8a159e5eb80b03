/** Command lines, the seed's first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../../src/options/address.ts";
import { type Config, ConfigError, loadConfig } from "../../src/options/config.ts";
import { machine } from "./machine.ts";

const seedIni = "[uwsgi]\nmodule = wsgi\ncallable = app\nmaster = true\nsocket = hello.sock\nvacuum = true\n";
const files = { "/srv/site/hello.ini": seedIni, "/srv/site/other.ini": "[uwsgi]\nprocesses = 7\n" };

function load(line: string, env: Record<string, string> = {}): Config {
  return loadConfig(
    line.split(" ").filter((word) => word !== ""),
    machine(files, { env }),
  );
}

function problems(line: string, env: Record<string, string> = {}): string[] {
  try {
    load(line, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
}

const listens = (config: Config): string[] =>
  [...config.socket, ...config.httpSocket, ...config.fastcgiSocket].map(formatAddress);

test("uwsgi --http-socket :5000 --plugin python3 -w wsgi --callable app", () => {
  const config = load("--http-socket :5000 --plugin python3 -w wsgi --callable app");
  assert.deepEqual(config.httpSocket, [{ kind: "tcp", host: "", port: 5000 }]);
  assert.deepEqual(config.plugin, ["python3"]);
  assert.equal(config.module, "wsgi");
  assert.equal(config.callable, "app");
  assert.equal(config.name, "wsgi");
  assert.equal(config.file, undefined);
  assert.deepEqual([...config.explicit], ["httpSocket", "plugin", "module", "callable"]);
  assert.deepEqual(config.warnings, []);
});

test("uwsgi --ini hello.ini --daemonize uwsgi-daemon.log", () => {
  const config = load("--ini hello.ini --daemonize uwsgi-daemon.log");
  assert.equal(config.name, "hello");
  assert.equal(config.file, "/srv/site/hello.ini");
  assert.equal(config.daemonize, "/srv/site/uwsgi-daemon.log");
  assert.deepEqual(listens(config), ["/srv/site/hello.sock"]);
  assert.equal(config.vacuum, true);
  assert.equal(config.master, true);
});

test("hello.ts by itself is served on :5000 with a worker for each core", () => {
  const config = load("hello.ts");
  assert.equal(config.module, "hello.ts");
  assert.equal(config.name, "hello");
  assert.deepEqual(listens(config), [":5000"]);
  assert.ok(!config.explicit.has("httpSocket"));
  assert.equal(config.processes, 2);
  assert.equal(config.chdir, "/srv/site");
});

test("every default, nothing given", () => {
  const { warnings, siteSettings, explicit, origins: _, ...config } = load("");
  assert.deepEqual([warnings, siteSettings, explicit.size], [[], [], 0]);
  assert.deepEqual(config, {
    module: undefined,
    callable: undefined,
    plugin: [],
    needApp: true,
    chdir: "/srv/site",
    env: [],
    lightFetch: true,
    nodeSockets: false,
    staticMap: [],
    staticMap2: [],
    checkStatic: [],
    staticIndex: [],
    staticSafe: [],
    staticSkipExt: [],
    staticGzipAll: false,
    staticExpires: [],
    staticExpiresUri: [],
    staticExpiresType: [],
    mimefile: [],
    httpAutoGzip: false,
    socket: [],
    httpSocket: [{ kind: "tcp", host: "", port: 5000 }],
    httpsSocket: [],
    fastcgiSocket: [],
    protocol: "uwsgi",
    workerSockets: true,
    chmodSocket: undefined,
    chownSocket: undefined,
    listen: 1024,
    vacuum: false,
    master: true,
    processes: 2,
    touchReload: [],
    workerReloadMercy: 60,
    reloadMercy: 8,
    heartbeatTimeout: 60,
    bufferSize: 32768,
    limitPost: 0,
    harakiri: 0,
    trustedPeers: [],
    virtualenv: undefined,
    pythonpath: [],
    pyargv: undefined,
    threads: 1,
    enableThreads: true,
    maxRequests: 0,
    maxRequestsDelta: 0,
    maxWorkerLifetime: 0,
    reloadOnRss: 0,
    pyAutoreload: 0,
    postBuffering: 0,
    catchExceptions: false,
    mount: [],
    manageScriptName: false,
    wsgiDisableFileWrapper: false,
    lazyApps: false,
    singleInterpreter: true,
    siteListeners: [],
    sni: [],
    ini: [],
    pidfile: undefined,
    daemonize: undefined,
    uid: undefined,
    gid: undefined,
    umask: undefined,
    dieOnTerm: true,
    attachDaemon: [],
    nginx: undefined,
    logto: undefined,
    disableLogging: false,
    name: "portico",
    file: undefined,
  });
});

test("long and short options, with = and without, joined and apart", () => {
  for (const line of [
    "--processes 4",
    "--processes=4",
    "--workers 4",
    "-p 4",
    "-p4",
    "-p=4",
    "--processes=2 -p 4",
  ]) {
    assert.equal(load(line).processes, 4, line);
  }
  const config = load("-ML -C660 -t 2.5 -l 10 -b 4096 -s a.sock -d x.log -w app.main:run");
  assert.deepEqual(
    [
      config.master,
      config.disableLogging,
      config.chmodSocket,
      config.harakiri,
      config.listen,
      config.bufferSize,
    ],
    [true, true, 0o660, 2.5, 10, 4096],
  );
  assert.deepEqual(
    [listens(config), config.daemonize, config.module, config.name],
    [["/srv/site/a.sock"], "/srv/site/x.log", "app.main:run", "main"],
  );
});

test("an option that may stand bare takes only a value of its own kind", () => {
  const config = load("--vacuum hello.ini --need-app false --chmod-socket --master no");
  assert.deepEqual(
    [config.vacuum, config.needApp, config.chmodSocket, config.master],
    [true, false, 0o666, false],
  );
  assert.equal(config.file, "/srv/site/hello.ini");
  assert.equal(load("--chmod-socket 640 hello.ini").chmodSocket, 0o640);
});

test("an option of uWSGI's that Portico lacks is passed over with its value", () => {
  const config = load("--memory-report --offload-threads 2 --thunder-lock hello.ini --stats=:9191");
  assert.equal(config.name, "hello");
  assert.deepEqual(
    config.warnings,
    ["--memory-report", "--offload-threads", "--thunder-lock", "--stats"].map(
      (name) => `${name} is a uWSGI option that Portico does not need or have: ignored`,
    ),
  );
});

test("mistakes on the command line", () => {
  assert.deepEqual(problems("--procesess 4 -p five -Z hello --yaml x.yml"), [
    "Unknown option -Z",
    'Cannot use the argument "hello": expected an option, an ini file (hello.ini) or a module\'s file (hello.ts)',
    "Unknown option --procesess: did you mean --processes?",
    '-p: Cannot set processes: expected a whole number, 1 or more, or auto for one a core: got "five"',
    "Cannot read yaml files: expected an ini file",
  ]);
  assert.deepEqual(problems("--processes"), [
    "--processes: Cannot set processes: expected a whole number, 1 or more, or auto for one a core: got nothing",
  ]);
  assert.deepEqual(problems("--qqqq=1"), ["Unknown option --qqqq"]);
  assert.deepEqual(problems("nothere.ini"), ["nothere.ini: Cannot read the file: there is no such file"]);
  assert.deepEqual(problems("hello.ini:dev"), [
    "hello.ini: Cannot find section [dev] in hello.ini: it has [uwsgi]",
  ]);
});

test("the command line counts more than the ini file, wherever it stands, and that more than the environment", () => {
  const env = {
    UWSGI_PROCESSES: "3",
    PORTICO_LISTEN: "9",
    UWSGI_LISTEN: "8",
    UWSGI_OTHER: "x",
    UWSGI_MASTER: "",
  };
  assert.equal(load("hello.ini", env).processes, 3);
  assert.equal(load("hello.ini", env).listen, 9);
  assert.equal(load("other.ini", env).processes, 7);
  assert.equal(load("-p 1 other.ini", env).processes, 1);
  assert.equal(load("other.ini -p 1", env).processes, 1);
  assert.deepEqual(listens(load("--socket :1 hello.ini", { UWSGI_SOCKET: ":2" })), [
    ":2",
    "/srv/site/hello.sock",
    ":1",
  ]);
});

test("the environment: its own ini file, mistakes and near misses", () => {
  assert.equal(load("", { UWSGI_INI: "hello.ini" }).file, "/srv/site/hello.ini");
  assert.deepEqual(problems("", { PORTICO_VACUUM: "perhaps" }), [
    'PORTICO_VACUUM: Cannot set vacuum: expected true or false: got "perhaps"',
  ]);
  assert.deepEqual(load("", { PORTICO_PROCESESS: "4", PORTICO_FD: "3" }).warnings, [
    "PORTICO_PROCESESS is no option: did you mean PORTICO_PROCESSES?",
  ]);
});

test("a variable set on the command line reaches the ini file", () => {
  const here = machine({ "/srv/site/a.ini": "[uwsgi]\nhttp-socket = :%(port)\n" });
  assert.deepEqual(listens(loadConfig(["a.ini", "--set-placeholder", "port=8123"], here)), [":8123"]);
  assert.deepEqual(listens(loadConfig(["a.ini", "-S", "port=8124"], here)), [":8124"]);
});

test("a module's file by itself is where the shell says, whatever chdir is", () => {
  assert.equal(load("app/hello.ts --chdir /var/www").module, "/srv/site/app/hello.ts");
  assert.equal(load("-w app/hello.ts --chdir /var/www").module, "app/hello.ts");
});

const instances = [
  ["-w hello", "hello"],
  ["-w hello:app", "hello"],
  ["-w pkg.hello:app", "hello"],
  ["-w ./src/hello.ts", "hello"],
  ["src/hello.mjs:app", "hello"],
  ["-w ./bin/www", "www"],
  ["-w /srv/my.app/server.js", "server"],
] as const;
for (const [line, name] of instances) {
  test(`${line} makes an instance called ${name}`, () => assert.equal(load(line).name, name));
}
