#!/bin/sh
# Runs examples/hello in production: packages, application server, NGINX site, all checked.
# Safe to run again at any time: then it is an update, without a failed request.
set -eu
root=$(cd "$(dirname "$0")" && pwd -P)
[ -x "$root/node_modules/.bin/node" ] || (cd "$root" && npm ci --no-audit --no-fund --loglevel=error)
cd "$root/examples/hello"
exec "$root/bin/portico" up hello.ini "$@"
