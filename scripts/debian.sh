#!/bin/sh
# Installs one Debian package as root, with sudo where that asks for no password: `sh scripts/debian.sh PACKAGE "what it is and what
# for"`. Where it cannot, it says what is missing and how it is had, and fails.
package=$1
what=$2

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && as_root=sudo
fi
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || [ -n "$as_root" ]; }; then
  echo "Installing $what (once) ..."
  log=$(mktemp)
  if $as_root apt-get update -qq >"$log" 2>&1 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log" >&2
  rm -f "$log"
fi
echo "Missing: $what. On Debian, as root: apt-get install $package" >&2
exit 1
