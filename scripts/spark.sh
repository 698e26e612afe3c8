#!/bin/sh
# What the tests of Spark need: Java 17 or newer (Debian's where there is none) and an environment of its own, since PySpark takes
# half a gigabyte. `sh scripts/spark.sh FOLDER [PYTHON]` makes it once, and again where what is locked has changed; the tests run
# where FOLDER/.ready is. Where Java or PySpark cannot be had, one sentence says so (in CI that is a failure).
folder=$1
python=${2:-python3}
lock=requirements/spark.txt

cannot() {
  rm -f "$folder/.ready"
  echo "$1" >&2
  [ "$CI" = true ] && exit 1
  exit 0
}

java_there() {
  found=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  [ "${found:-0}" -ge 17 ]
}

java_there || sh "$(dirname "$0")/debian.sh" openjdk-17-jre-headless "Java 17 for the tests of Spark"
java_there || cannot "Without Java 17 or newer, Spark is not tested."

[ -f "$folder/.ready" ] && [ "$folder/.ready" -nt "$lock" ] && [ "$folder/.ready" -nt pyproject.toml ] && exit 0
echo "Installing PySpark for its tests into $folder (once; it is built from source: minutes) ..."
log=$(mktemp)
install="$folder/bin/python -m pip install --quiet --disable-pip-version-check"
if "$python" -m venv "$folder" >"$log" 2>&1 &&
  { { $install --require-hashes --requirement "$lock" && $install --no-deps --no-build-isolation --editable .; } >"$log" 2>&1 ||
    $install --editable '.[spark,databases]' 'pyspark[connect]' pytest hypothesis >>"$log" 2>&1; }; then
  rm -f "$log"
  touch "$folder/.ready"
  exit 0
fi
[ "$CI" = true ] && tail -n 20 "$log" >&2
rm -f "$log"
cannot "PySpark cannot be installed here, so Spark is not tested. What it needs: pip install pyspark"
