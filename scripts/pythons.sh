#!/bin/sh
# A short run of the tests with every Python from 3.11 on that this machine has, each in an environment outside the
# tree; says which were tried, and fails if one fails. Looked for: the path, pyenv, uv. More: PYTHONS="/opt/py/bin/python ..."
# The tests that are run can be named: TESTS="tests/survival ...".
set -u
cd "$(dirname "$0")/.." || exit 1
tests=${TESTS:-tests/test_parts.py tests/test_files.py tests/patient tests/evidence/test_library.py tests/evidence/test_stored.py
  tests/models/test_cards.py tests/outlook/test_outlook.py tests/survival/test_exact_mathematics.py}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seen= tried= failed=
for python in ${PYTHONS:-} python3 python3.11 python3.12 python3.13 python3.14 \
  "$HOME"/.pyenv/versions/3.*/bin/python3 "$HOME"/.local/share/uv/python/*/bin/python3; do
  python=$("$python" -c 'import sys; print(sys.version_info >= (3, 11) and sys.executable or "")' 2>/dev/null) || continue
  [ -n "$python" ] || continue
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  case " $seen " in *" $version "*) continue ;; esac
  seen="$seen $version"
  place="$work/$version"
  echo "Python $version ($("$python" -V 2>&1)) ..."
  if "$python" -m venv "$place" &&
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[all]' \
      pytest hypothesis httpx2 jsonschema openpyxl pypdf &&
    "$place/bin/python" -m pytest -q -x -p no:cacheprovider $tests; then
    tried="$tried $version"
  else
    failed="$failed $version"
  fi
done
echo "Passed:${tried:- none}. Failed:${failed:- none}. Not on this machine:$(
  for version in 3.11 3.12 3.13 3.14; do case " $seen " in *" $version "*) ;; *) printf ' %s' "$version" ;; esac; done)"
[ -z "$failed" ] && [ -n "$tried" ]
