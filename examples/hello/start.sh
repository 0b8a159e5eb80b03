#!/bin/sh
# The seed's five commands are the five steps of `portico up`: packages, application server, site file,
# site enabled, NGINX reloaded.
set -eu
cd "$(dirname "$0")"
if command -v portico >/dev/null; then exec portico up hello.ini "$@"; fi
exec ../../bin/portico up hello.ini "$@"
