#!/bin/sh
# The browser that tests/web uses: nothing where there is one, else Debian's Chromium. Where it cannot be had, those tests
# skip and say so (in CI they fail), so this never stops the others.
for name in chromium chromium-browser; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
sh "$(dirname "$0")/debian.sh" chromium "Chromium for the tests of the pages" || echo "The browser tests will skip." >&2
exit 0
