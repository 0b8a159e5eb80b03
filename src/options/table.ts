/**
 * The one table of options. Command line, ini file, environment, help, reference page and the type of the
 * config are read off it; an option that is added here is added everywhere. Names and meaning are
 * uWSGI's where uWSGI has the option.
 */
import { contentOptions } from "./content-options.ts";
import type { CamelCase, Option } from "./option.ts";
import {
  address,
  flag,
  mode,
  oneOf,
  owner,
  pair,
  peer,
  seconds,
  text,
  whole,
  workers,
} from "./option-type.ts";
import { processOptions } from "./process-options.ts";
import { pythonOptions } from "./python-options.ts";
import { namedPair } from "./sni.ts";
import { tlsAddress } from "./tls-address.ts";

export const table = {
  module: {
    type: text("MODULE", "a module such as hello, hello:app, pkg.hello:app or ./hello.ts"),
    aliases: ["wsgi", "wsgi-file", "file"],
    flag: "w",
    effect: "reload",
    group: "App",
    text: "The app: a module's name, or a file, with the name of its export after a colon.",
    example: "hello:app",
  },
  callable: {
    type: text("NAME", "the name of an export"),
    effect: "reload",
    group: "App",
    text: "The export that is the app, where `module` names none.",
    example: "app",
  },
  plugin: {
    type: text("NAME", "the name of a plugin"),
    aliases: ["plugins", "need-plugin", "need-plugins"],
    repeat: true,
    separator: ",",
    effect: "reload",
    group: "App",
    text: "What runs the app: `node`, or `python3`. Told by the module's file where it is not given.",
    example: "node",
  },
  "need-app": {
    type: flag,
    default: "true",
    effect: "reload",
    group: "App",
    text: "Fail when the app cannot be loaded, instead of answering 500.",
    example: "true",
  },
  chdir: {
    type: text("PATH", "a directory"),
    default: ".",
    relativeTo: "cwd",
    effect: "reload",
    group: "App",
    text: "The directory the app runs in; sockets, `static-map` and `touch-reload` are relative to it.",
    example: "/var/www/app",
  },
  env: {
    type: pair("NAME=VALUE", "NAME=VALUE", /^[^\s=]+$/),
    repeat: true,
    effect: "reload",
    group: "App",
    text: "Set an environment variable for the app.",
    example: "NODE_ENV=production",
  },
  "light-fetch": {
    type: flag,
    default: "true",
    effect: "reload",
    group: "App",
    text: "Give TypeScript and JavaScript apps light `Request`, `Response` and `Headers` classes, which behave as node's own and cost less than half.",
    example: "false",
  },
  "node-sockets": {
    type: flag,
    default: "false",
    effect: "reload",
    group: "App",
    text: "Serve connections through node's own sockets, and not straight on its stream handles, which takes a third to half of the time. For a node in which the fast way has a fault.",
    example: "true",
  },

  ...contentOptions,

  socket: {
    type: address,
    aliases: ["uwsgi-socket"],
    flag: "s",
    repeat: true,
    relativeTo: "chdir",
    effect: "restart",
    group: "Listeners",
    text: "Listen on a unix socket or TCP address and speak the uwsgi protocol, or the one that `protocol` says.",
    example: "hello.sock",
  },
  "http-socket": {
    type: address,
    aliases: ["http", "http11-socket"],
    repeat: true,
    relativeTo: "chdir",
    effect: "restart",
    group: "Listeners",
    text: "Listen and speak HTTP. `:5000` where no listener is given at all.",
    example: ":5000",
  },
  "https-socket": {
    type: tlsAddress,
    aliases: ["https"],
    repeat: true,
    relativeTo: "chdir",
    effect: "restart",
    group: "Listeners",
    text: "Listen and speak HTTP over TLS 1.2 and 1.3, with a certificate (PEM, with those between it and the root) and its key. They are read before workers give up root, and anew at each reload, which takes up other files too. `,CIPHERS` may follow, for TLS 1.2 as OpenSSL lists them, then `,CA`: clients are asked for a certificate of that authority, with `!` before it they must have one; the app gets the name in it as `HTTPS_DN`.",
    example: ":443,hello.crt,hello.key",
  },
  sni: {
    type: namedPair,
    repeat: true,
    relativeTo: "chdir",
    effect: "reload",
    group: "Listeners",
    text: "Show this certificate on every `https-socket` to those who ask for that name (SNI), or with `*.` for any one label in front; all others get the one of the socket.",
    example: "example.com example.crt,example.key",
  },
  "fastcgi-socket": {
    type: address,
    repeat: true,
    relativeTo: "chdir",
    effect: "restart",
    group: "Listeners",
    text: "Listen and speak FastCGI.",
    example: "/run/hello.sock",
  },
  protocol: {
    type: oneOf("uwsgi", "http", "fastcgi"),
    aliases: ["socket-protocol"],
    default: "uwsgi",
    effect: "restart",
    group: "Listeners",
    text: "What is spoken on `socket`.",
    example: "http",
  },
  "worker-sockets": {
    type: flag,
    default: "true",
    effect: "restart",
    group: "Listeners",
    text: "Beside a unix `socket` hello.sock, listen on hello.1.sock and so on and speak HTTP, one for each worker: for the sites that Portico writes.",
    example: "false",
  },
  "chmod-socket": {
    type: mode("666"),
    aliases: ["chmod"],
    flag: "C",
    effect: "restart",
    group: "Listeners",
    text: "The mode of unix sockets, octal; 666 where none is given with it.",
    example: "660",
  },
  "chown-socket": {
    type: owner,
    effect: "restart",
    group: "Listeners",
    text: "The owner of unix sockets.",
    example: "www-data:www-data",
  },
  listen: {
    type: whole(1),
    flag: "l",
    default: "1024",
    effect: "restart",
    group: "Listeners",
    text: "The backlog: how many connections may wait to be accepted. The kernel holds it to `net.core.somaxconn`.",
    example: "4096",
  },
  vacuum: {
    type: flag,
    default: "false",
    effect: "reload",
    group: "Listeners",
    text: "Remove the unix sockets and the pid file on exit.",
    example: "true",
  },

  master: {
    type: flag,
    flag: "M",
    default: "true",
    effect: "restart",
    group: "Workers",
    text: "Run a master, which supervises the workers.",
    example: "true",
  },
  processes: {
    type: workers,
    aliases: ["workers"],
    flag: "p",
    default: "auto",
    effect: "reload",
    group: "Workers",
    text: "The number of workers; `auto` is one a core.",
    example: "4",
  },
  "touch-reload": {
    type: text("PATH", "a file"),
    repeat: true,
    relativeTo: "chdir",
    effect: "reload",
    group: "Workers",
    text: "Reload when this file is touched.",
    example: "hello.ini",
  },
  "worker-reload-mercy": {
    type: seconds,
    default: "60",
    effect: "reload",
    group: "Workers",
    text: "Seconds that a worker has to finish its requests in a reload before it is killed.",
    example: "30",
  },
  "reload-mercy": {
    type: seconds,
    default: "8",
    effect: "reload",
    group: "Workers",
    text: "Seconds that workers have to finish their requests in a stop before they are killed.",
    example: "8",
  },
  "heartbeat-timeout": {
    type: seconds,
    default: "60",
    effect: "reload",
    group: "Workers",
    text: "Seconds after which a worker whose event loop is stuck is killed and replaced; 0 is never.",
    example: "30",
  },

  "buffer-size": {
    type: whole(1, "bytes"),
    flag: "b",
    default: "32768",
    effect: "reload",
    group: "Requests",
    text: "Bytes that the head of a request may have: request line and header fields, or variables.",
    example: "65535",
  },
  "limit-post": {
    type: whole(0, "bytes"),
    default: "0",
    effect: "reload",
    group: "Requests",
    text: "Bytes that the body of a request may have; 0 is any number.",
    example: "10485760",
  },
  harakiri: {
    type: seconds,
    flag: "t",
    default: "0",
    effect: "reload",
    group: "Requests",
    text: "Seconds that a request may take; one that ignores it has its worker replaced; 0 is any time.",
    example: "30",
  },
  "trusted-peers": {
    type: peer,
    repeat: true,
    separator: ",",
    effect: "reload",
    group: "Requests",
    text: "Whose word on a client's address and scheme is taken, besides unix sockets' and loopback's.",
    example: "10.0.0.0/8, 192.168.1.4",
  },

  ...pythonOptions,

  ...processOptions,

  logto: {
    type: text("PATH", "a log file"),
    aliases: ["logto2"],
    relativeTo: "cwd",
    effect: "restart",
    group: "Logging",
    text: "Write the log to this file instead of the standard error.",
    example: "/var/log/hello.log",
  },
  "disable-logging": {
    type: flag,
    flag: "L",
    default: "false",
    effect: "reload",
    group: "Logging",
    text: "Do not log requests.",
    example: "true",
  },
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type OptionName = keyof typeof table;
/** An option's name in the config: "httpSocket". */
export type OptionKey = CamelCase<OptionName>;

export const optionNames = Object.keys(table) as OptionName[];

/** The declaration of an option, its type left open. */
export function optionOf(name: OptionName): Option<unknown> {
  return table[name];
}
