/** The commands as `portico --help` shows them: how each is written, and what it does. */
export const COMMAND_TEXTS: readonly (readonly [usage: string, text: string])[] = [
  ["portico hello.ts | hello.ini [OPTIONS]", "serve: a master and its workers, in the foreground"],
  ["portico dev hello.ts", "one worker, reloaded when a file changes, errors in the browser"],
  ["portico up [hello.ini]", "packages, app server as a daemon, NGINX in front; again it is an update"],
  [
    "portico status | logs | reload | stop [TARGET]",
    "what runs here, or the one named: its pid, name or ini",
  ],
  ["portico nginx print | test | install | remove hello.ini", "the NGINX site in front of the workers"],
  [
    "portico nginx check [hello.ini | SITE FILE] [--json]",
    "what is missing, unsafe or slow in it, or in all of NGINX's configuration; exits 6 where there are errors",
  ],
  [
    "portico nginx passwd FILE USER [--stdin | --delete]",
    "set a password for auth_basic: asked for, or the first line of stdin",
  ],
  ["portico cache purge hello.ini PATH... | --all", "forget what NGINX keeps of a path: /news, '/blog/*'"],
  [
    "portico maintenance on | off | status hello.ini [--message TEXT]",
    "NGINX answers 503 with the maintenance page until it is off",
  ],
];
