#!/bin/sh
# The PostgreSQL that the tests of databases start: nothing where there is one, else Debian's. Where it cannot be had, those
# tests skip and say so (in CI they fail), so this never stops the others.
found=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null; command -v initdb)
[ -n "$found" ] && exit 0
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && as_root=sudo
fi
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || [ -n "$as_root" ]; }; then
  echo "Installing PostgreSQL for the tests of databases (once) ..."
  log=$(mktemp)
  if $as_root apt-get update -qq >"$log" 2>&1 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log" >&2
  rm -f "$log"
fi
echo "PostgreSQL cannot be installed here: the tests of databases will skip. On Debian: apt-get install postgresql" >&2
exit 0
