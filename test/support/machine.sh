#!/bin/sh
# A machine of its own for commands that belong to a whole machine, inside `unshare --mount --net`: its own loopback interface, its own
# /etc/nginx and /run, no packages to fetch. Then the command that is given.
set -eu
ip link set lo up
scratch=$(mktemp -d)
mount -t tmpfs tmpfs "$scratch"
cp -a /etc/nginx "$scratch/nginx"
rm -f "$scratch"/nginx/sites-enabled/* "$scratch"/nginx/sites-available/*
mkdir "$scratch/log"
mount --bind "$scratch/nginx" /etc/nginx
mount --bind "$scratch/log" /var/log/nginx
mount -t tmpfs tmpfs /run
exec "$@"
