#!/bin/sh
# Measures Portico and its peers in turn and writes RESULTS.md: run.sh --help tells more.
set -eu
cd "$(dirname "$0")"
# The node that the project's npm installed, where there is one: it is the newest.
PATH=$PWD/../node_modules/.bin:$PATH
export PATH
exec node --disable-warning=ExperimentalWarning run.ts "$@"
