import type { Option } from "./option.ts";
import { flag, mode, oneOf, text } from "./option-type.ts";

/** The options of the instance as a process; part of the table. */
export const processOptions = {
  ini: {
    type: text("FILE[:SECTION]", "an ini file"),
    repeat: true,
    effect: "restart",
    group: "Process",
    text: "Read options from an ini file; `[uwsgi]` and `[portico]` are its sections where none is named.",
    example: "hello.ini",
  },
  pidfile: {
    type: text("PATH", "a file"),
    aliases: ["safe-pidfile", "pidfile2", "safe-pidfile2"],
    relativeTo: "cwd",
    effect: "restart",
    group: "Process",
    text: "Write the master's process id to this file.",
    example: "/run/hello.pid",
  },
  daemonize: {
    type: text("PATH", "a log file"),
    aliases: ["daemonize2"],
    flag: "d",
    relativeTo: "cwd",
    effect: "restart",
    group: "Process",
    text: "Go into the background and write the log to this file.",
    example: "hello.log",
  },
  uid: {
    type: text("USER", "a user's name or number"),
    effect: "restart",
    group: "Process",
    text: "The user to become after the listeners are bound.",
    example: "www-data",
  },
  gid: {
    type: text("GROUP", "a group's name or number"),
    effect: "restart",
    group: "Process",
    text: "The group to become after the listeners are bound.",
    example: "www-data",
  },
  umask: {
    type: mode(),
    effect: "restart",
    group: "Process",
    text: "The mask of the modes of new files, octal.",
    example: "022",
  },
  "die-on-term": {
    type: flag,
    default: "true",
    effect: "reload",
    group: "Process",
    text: "Exit on SIGTERM. Portico always does; in uWSGI it is a reload without this.",
    example: "true",
  },
  "attach-daemon": {
    type: text("COMMAND", "a command of the shell"),
    repeat: true,
    effect: "restart",
    group: "Process",
    text: "Keep this program running beside the workers, as their user: started before them, again when it ends and after a reload, ended after them. It must stay in the foreground.",
    example: "celery -A site worker",
  },
  nginx: {
    type: oneOf("system", "private", "off"),
    effect: "restart",
    group: "Process",
    text: "The NGINX in front: `system` is this machine's, which `portico up` configures; `private` is one of the instance's own in `.portico/nginx`, without root, started and stopped with it; `off` is none. Where it is not given, `portico up` uses the system's where it may be configured.",
    example: "private",
  },
} as const satisfies Readonly<Record<string, Option<unknown>>>;
