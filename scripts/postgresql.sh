#!/bin/sh
# The PostgreSQL that the tests of databases start: nothing where there is one, else Debian's. Where it cannot be had, those
# tests skip and say so (in CI they fail), so this never stops the others.
found=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null; command -v initdb)
[ -n "$found" ] && exit 0
sh "$(dirname "$0")/debian.sh" postgresql "PostgreSQL for the tests of databases" ||
  echo "Tests of databases skip. One that is installed elsewhere is found by initdb on the PATH." >&2
exit 0
