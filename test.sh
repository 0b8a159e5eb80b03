#!/bin/sh
# Installs what the tests need and runs them all: npm packages; with root on Debian or Ubuntu also
# NGINX and the other real peers.
set -eu
cd "$(dirname "$0")"

echo "== packages"
npm ci --no-audit --no-fund --loglevel=error
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  missing=
  for package in nginx certbot curl lego pebble iproute2 openssl python3-django python3-flask python3-venv uwsgi-core uwsgi-plugin-python3; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
  fi
fi

# Flask and Django for the tests of Python apps, in a virtual environment that is kept.
if command -v python3 >/dev/null; then
  python3 test/python/make_env.py >/dev/null
fi

# Debian 13's NGINX and curl beside the machine's, for the tests of HTTP/3 and of what newer versions read: 15 MB, kept.
if [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
  test/newer-nginx/make.sh >/dev/null
fi

# A container engine for the image's tests, where the workplace has the tool that makes one.
engine=../shared/tools/container-engine
if [ "$(id -u)" = 0 ] && [ -x "$engine" ] && ! "$engine" check; then
  "$engine" up
fi

# The node of npm, where the one on PATH is older than the project needs.
PATH=$PWD/node_modules/.bin:$PATH
export PATH
echo "== check (node $(node --version))"
npm run --silent check
echo "== tests"
npm test --silent -- "$@"
