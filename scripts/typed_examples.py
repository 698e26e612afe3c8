"""mypy --strict on the Python examples of README and docs: what a page shows must type-check for its reader.

Usage: python scripts/typed_examples.py. Lines of an error are those of the page.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def example_lines(page: str) -> list[str]:
    """The Python of a page, each line at its own number: `>>>` lines, or whole python blocks without any."""
    lines, blocks = page.splitlines(), _python_blocks(page)
    code = [""] * len(lines)
    for first, last in blocks:
        prompted = any(line.startswith(">>> ") for line in lines[first:last])
        for i in range(first, last):
            line = lines[i]
            if not prompted:
                code[i] = line
            elif line.startswith((">>> ", "... ")):
                code[i] = line[4:]
    return code


def _python_blocks(page: str) -> list[tuple[int, int]]:
    blocks, start = [], None
    for i, line in enumerate(page.splitlines()):
        if line.startswith("```") and start is not None:
            blocks.append((start, i))
            start = None
        elif line.startswith("```python"):
            start = i + 1
        elif line.startswith("```"):
            start = None
    return blocks


def main() -> int:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for page in pages:
            code = example_lines(page.read_text(encoding="utf-8"))
            if any(code):
                file = Path(folder) / f"{page.stem.lower().replace('-', '_')}_md.py"
                file.write_text("\n".join(code) + "\n", encoding="utf-8")
                files.append(str(file))
        command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), *files]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
