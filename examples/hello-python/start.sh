#!/bin/sh
# Packages, application server, site file, site enabled, NGINX reloaded.
set -eu
cd "$(dirname "$0")"
if command -v portico >/dev/null; then exec portico up hello.ini "$@"; fi
exec ../../bin/portico up hello.ini "$@"
