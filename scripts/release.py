"""What `make release` does: builds the distribution twice, checks it in an empty environment, and leaves `dist/`.

1. The wheel is built from the committed files, and again from the source distribution, in folders of other names: the
   bytes must be the same.
2. The wheel alone goes into an empty environment: what it brings, how large that is, that every file is as the wheel
   says, and that an outlook is the one that the sources give.
3. With every part: the parts list (SBOM, CycloneDX), the licences, and the libraries that are bundled in wheels.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
CASE = ROOT / "examples" / "case.json"
MOST_MEGABYTES, MOST_SECONDS = 180, 40
NOT_IN_THE_BASE = {"scipy", "polars", "typst", "fastapi", "uvicorn", "jinja2", "babel", "fastexcel", "pandas"}
TOOLS = {"pip", "setuptools", "wheel", "sarcoma-outlook"}
NOT_ALLOWED = re.compile(r"(?<!L)GPL(?!.*GCC-exception)|UNKNOWN|Proprietary", re.IGNORECASE)


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=env, cwd=cwd, check=False)
    if done.returncode:
        fail(f"{' '.join(map(str, command[:4]))} …:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def fail(why: str) -> None:
    sys.exit(f"No release: {why}")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def megabytes(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()) / 1e6


def build(work: Path) -> tuple[Path, Path]:
    """The wheel and the source distribution of the last commit, each built twice."""
    changed = run("git", "status", "--porcelain", cwd=ROOT)
    if changed:
        print("Not everything is committed; the release is of the last commit.")
    epoch = run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    env = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    found: list[list[Path]] = []
    for name in ("a", "another-folder/deeper"):
        place = work / name
        place.mkdir(parents=True)
        archive = work / "sources.tar"
        run("git", "archive", "--format=tar", "-o", archive, "HEAD", cwd=ROOT)
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter="data")
        out = place / "out"
        what = [] if name == "a" else ["--sdist", "--wheel"]  # by way of the source distribution, and directly
        run(sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", out, place, env=env)
        found.append(sorted(out.iterdir()))
    for one, other in zip(*found, strict=True):
        if one.name != other.name or sha256(one) != sha256(other):
            fail(f"{one.name} differs when it is built twice")
        print(f"built twice, the same bytes: {one.name} ({one.stat().st_size / 1e6:.1f} MB) sha256 {sha256(one)}")
    source = next(p for p in found[0] if p.name.endswith(".tar.gz"))
    wheel = next(p for p in found[0] if p.suffix == ".whl")
    return wheel, source


def empty_environment(place: Path) -> Path:
    venv.create(place, with_pip=True)
    return place / "bin" / "python"


def packages(python: Path) -> set[str]:
    listed = json.loads(run(python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"))
    return {row["name"].lower() for row in listed}


def site_of(python: Path) -> Path:
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").strip())


def check_base(python: Path, wheel: Path, work: Path) -> None:
    began = time.monotonic()
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    seconds = time.monotonic() - began
    site = site_of(python)
    size, found = megabytes(site), packages(python)
    print(f"base: {len(found)} distributions, {size:.0f} MB, {seconds:.0f} s")
    if NOT_IN_THE_BASE & found:
        fail(f"the base brings {', '.join(sorted(NOT_IN_THE_BASE & found))}")
    if size > MOST_MEGABYTES:
        fail(f"the base is larger than {MOST_MEGABYTES} MB")
    if seconds > MOST_SECONDS:
        print(f"  (longer than {MOST_SECONDS} s: the network or the machine was slow)")
    check_files(site)
    clean = {"PATH": os.environ["PATH"], "HOME": str(work)}
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for form in ("--json", "--full", "--note"):
        told = run(python, "-m", "sarcoma", "outlook", "--file", CASE, form, env=clean, cwd=work)
        ours = run(sys.executable, "-m", "sarcoma", "outlook", "--file", CASE, form, env=here, cwd=work)
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in (told, ours)]
        if digests[0] != digests[1]:
            fail(f"the outlook of the wheel ({form}) is not that of the sources")
        print(f"outlook {form}: as the sources give it, sha256 {digests[0][:16]}…")
    check_files(site)


def check_files(site: Path) -> None:
    """Every installed file of ours is as the wheel says, and none was added by running it."""
    (record,) = site.glob("sarcoma_outlook-*.dist-info/RECORD")
    named = set()
    with record.open(encoding="utf-8", newline="") as file:
        for name, digest, _size in csv.reader(file):
            named.add(name)
            if digest:
                raw = hashlib.sha256((site / name).read_bytes()).digest()
                if digest != "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode():
                    fail(f"{name} is not as the wheel says")
    ours = {p.relative_to(site).as_posix() for p in (site / "sarcoma").rglob("*") if p.is_file() and p.suffix != ".pyc"}
    if ours - named:
        fail(f"files that the wheel does not name: {', '.join(sorted(ours - named)[:5])}")


def write_parts(python: Path, wheel: Path) -> None:
    """The parts list and the licences of all that a run can use."""
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[all]")
    run(python, "-m", "pip", "check")
    site = site_of(python)
    print(f"with every part: {len(packages(python))} distributions, {megabytes(site):.0f} MB")
    tool = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON", python]
    bom = json.loads(run(*tool))
    bom["components"] = [c for c in bom["components"] if c["name"].lower() not in TOOLS]
    bundled = bundled_in(site)
    bom["components"] += [
        {
            "type": "library",
            "name": path.name,
            "description": f"bundled in {owner}",
            "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
        }
        for owner, path in bundled
    ]
    (DIST / f"{wheel.name.split('-py3')[0]}.cdx.json").write_text(json.dumps(bom, indent=2) + "\n", encoding="utf-8")
    write_licences(python, site, bundled)


def bundled_in(site: Path) -> list[tuple[str, Path]]:
    """Shared libraries that wheels carry beside their own modules (`numpy.libs/…`)."""
    return [
        (folder.name.removesuffix(".libs"), p)
        for folder in sorted(site.glob("*.libs"))
        for p in sorted(folder.iterdir())
    ]


def write_licences(python: Path, site: Path, bundled: list[tuple[str, Path]]) -> None:
    tool = [sys.executable, "-m", "piplicenses", f"--python={python}", "--format=json", "--with-urls", "--from=mixed"]
    rows = [row for row in json.loads(run(*tool)) if row["Name"].lower() not in {*TOOLS, "pip-licenses"}]
    for row in rows:
        if NOT_ALLOWED.search(row["License"]):
            fail(f"{row['Name']} has the licence {row['License'][:80]}, which is not looked for at run time")
    lines = ["# Licences of what Sarcoma Outlook uses", "", "Itself: Apache-2.0. No code of others stands in it.", ""]
    lines += ["| Part | Version | Licence | Where |", "|---|---|---|---|"]
    lines += [f"| {r['Name']} | {r['Version']} | {r['License']} | {r['URL']} |" for r in rows]
    lines += ["", "## Libraries bundled in wheels", ""]
    lines += [f"- {path.name}, in {owner}" for owner, path in bundled]
    lines += ["", "Compiled into typst: its own fonts, under their licences (see the typst project).", ""]
    lines += ["## What each part says of its licence, and of what it bundles", ""]
    for info in sorted(site.glob("*.dist-info")):
        texts = sorted(p for p in info.rglob("*") if re.search(r"licen[cs]e|notice|copying", p.name, re.IGNORECASE))
        for path in (p for p in texts if p.is_file() and info.name.split("-")[0].lower() not in TOOLS):
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            lines += [f"### {info.name.removesuffix('.dist-info')}: {path.name}", "", "```", text, "```", ""]
    (DIST / "LICENCES.md").write_text("\n".join(lines), encoding="utf-8")
    print(f"licences of {len(rows)} parts and {len(bundled)} bundled libraries: none unknown, none that binds users")


def main() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        wheel, source = build(work)
        for path in (wheel, source):
            shutil.copy2(path, DIST)
        python = empty_environment(work / "empty")
        check_base(python, wheel, work)
        write_parts(python, wheel)
    files = sorted(p for p in DIST.iterdir() if p.name != "SHA256SUMS")
    (DIST / "SHA256SUMS").write_text("".join(f"{sha256(p)}  {p.name}\n" for p in files), encoding="utf-8")
    print("dist/: " + ", ".join(p.name for p in sorted(DIST.iterdir())))


if __name__ == "__main__":
    main()
