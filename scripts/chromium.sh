#!/bin/sh
# The browser that tests/web uses: nothing where there is one, else Debian's Chromium. Where it cannot be had, those tests
# skip and say so (in CI they fail), so this never stops the others.
for name in chromium chromium-browser; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && as_root=sudo
fi
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || [ -n "$as_root" ]; }; then
  echo "Installing Chromium for the tests of the pages (once) ..."
  log=$(mktemp)
  if $as_root apt-get update -qq >"$log" 2>&1 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log" >&2
  rm -f "$log"
fi
echo "Chromium cannot be installed here: the browser tests will skip." >&2
exit 0
