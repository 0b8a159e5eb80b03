#!/bin/sh
# Lays out Debian 13's NGINX 1.26 and curl, which speak HTTP/3 where Debian 12's do not, in a folder of their own
# beside the machine's, and prints where: usr/sbin/nginx, usr/bin/curl, usr/lib/nginx/modules. It takes 15 MB from the
# mirror that the machine's apt uses, and is kept in the user's cache folder; who comes while it is made waits.
set -eu

caches=${XDG_CACHE_HOME:-$HOME/.cache}/portico-tests
root=$caches/debian-13-$(cksum < "$0" | cut -d ' ' -f 1)
mkdir -p "$caches"
# The lock ends with the process, however that ends.
exec 9> "$root.lock"
flock 9

mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main' | head -n 1
}

make() {
  rm -rf "$root"
  mkdir -p "$root/apt/lists/partial" "$root/apt/archives/partial"
  mirror=$(mirror)
  # An image may come without the lists that name it.
  if [ -z "$mirror" ] && [ "$(id -u)" = 0 ]; then
    apt-get -qq update
    mirror=$(mirror)
  fi
  [ -n "$mirror" ] || { echo "apt knows no mirror of Debian's" >&2; exit 1; }
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keys] $mirror trixie main" > "$root/apt/sources.list"
  # Nothing is installed as far as it knows, so that all libraries come along.
  : > "$root/apt/status"
  cat > "$root/apt/apt.conf" <<END
Dir::State "$root/apt";
Dir::State::Lists "$root/apt/lists";
Dir::State::status "$root/apt/status";
Dir::Cache "$root/apt";
Dir::Cache::archives "$root/apt/archives";
Dir::Etc::sourcelist "$root/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Update::Error-Mode "any";
APT::Sandbox::User "";
END
  export APT_CONFIG="$root/apt/apt.conf"
  apt-get -qq update
  apt-get -qq --download-only --no-install-recommends install nginx libnginx-mod-http-brotli-filter curl patchelf
  for package in "$root"/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
  done
  libraries=$(echo "$root"/usr/lib/*-linux-gnu)
  interpreter=$(find "$root/usr/lib" "$root/usr/lib64" -name 'ld-linux*.so.*' | head -n 1)
  for program in usr/sbin/nginx usr/bin/curl; do
    "$interpreter" --library-path "$libraries" "$root/usr/bin/patchelf" \
      --set-interpreter "$interpreter" --force-rpath --set-rpath "$libraries" "$root/$program"
  done
  rm -r "$root/apt"
  : > "$root/done"
}

[ -e "$root/done" ] || make >&2
echo "$root"
