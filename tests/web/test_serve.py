"""`sarcoma serve` as its users start it: a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from cds_cases import bearer, hook_request, settings_file
from web_cases import LOCALISED, encoded

SERVE = [sys.executable, "-m", "sarcoma", "serve"]
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Started:
    """A running server; `output` and `complaints` are whole after it was stopped."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address, self.output, self.complaints = process, address, "", ""

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.output, self.complaints = self.process.communicate(timeout=30)
        return self.process.returncode


@contextmanager
def served(*options: str, cwd: Path | None = None) -> Iterator[Started]:
    command = [*SERVE, "--json", "--port", "0", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env=os.environ | {"NO_COLOR": "1"}
    )
    watch = threading.Timer(60, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.stderr.read() if process.stderr else ""
        yield Started(process, json.loads(first)["address"])
    finally:
        watch.cancel()
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_it_starts_on_a_free_port_answers_keeps_nothing_and_stops(tmp_path: Path) -> None:
    with served(cwd=tmp_path) as server:
        assert server.address.startswith("http://127.0.0.1:")
        assert httpx2.get(server.address).status_code == 200
        for path in ("situation", "survival/shown", "page.pdf", "team", "team.pdf"):
            form = encoded(LOCALISED | {"age": "61.37", "size_cm": "13.57"})
            assert httpx2.post(server.address + path, content=form, headers=FORM).status_code == 200, path
        bad = encoded({"age": "<script>61.37", "size_cm": "13.57"})
        assert httpx2.post(server.address + "situation", content=bad, headers=FORM).status_code == 422
        assert httpx2.post(server.address + "api/outlook", json={"age": 61.37, "size": 13.57}).status_code == 200
        httpx2.get(server.address + "situation?age=61.37")
        answer = httpx2.get(server.address)
        assert "server" not in answer.headers
        server.stop()
    assert "61.37" not in server.output + server.complaints
    assert "13.57" not in server.output + server.complaints
    assert server.complaints == ""
    assert server.output == ""
    assert not list(tmp_path.iterdir()), "no file is written"


def test_the_service_for_hospitals_is_switched_on_by_a_file(tmp_path: Path) -> None:
    with served("--cds-hooks", str(settings_file(tmp_path))) as server:
        assert httpx2.get(server.address + "cds-services").status_code == 200
        address = server.address + "cds-services/sarcoma-outlook"
        assert httpx2.post(address, json=hook_request()).status_code == 401
        assert len(httpx2.post(address, json=hook_request(), headers=bearer()).json()["cards"]) == 1
        server.stop()
    assert server.complaints == ""
    assert server.output == ""


def test_settings_of_the_service_that_are_wrong_are_said_before_it_starts(tmp_path: Path) -> None:
    file = str(settings_file(tmp_path, origins=["*"]))
    command = [*SERVE, "--port", "0", "--cds-hooks", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "origins.0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.words
def test_a_port_that_is_taken_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run([*SERVE, "--port", port], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "--port 8001" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "options", [["--port", "70000"], ["--port", "x"], ["--host", "no.such.host.invalid"], ["--pdfs-a-minute", "0"]]
)
def test_options_that_cannot_be_are_refused(options: list[str]) -> None:
    done = subprocess.run([*SERVE, *options], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_help_has_an_example() -> None:
    done = subprocess.run([*SERVE, "--help"], capture_output=True, text=True, timeout=60, check=True)
    assert "sarcoma serve --port" in done.stdout
    for option in ("--host", "--port", "--allow-host", "--pdfs-a-minute", "--cds-hooks", "--json"):
        assert option in done.stdout


@pytest.mark.words
def test_who_lets_others_in_is_told_that_nothing_is_encrypted() -> None:
    with served("--host", "0.0.0.0", "--allow-host", "sarcoma.example") as server:
        port = server.address.rstrip("/").rpartition(":")[2]
        local = f"http://127.0.0.1:{port}/privacy"
        assert httpx2.get(local).status_code == 200
        assert httpx2.get(local, headers={"host": "sarcoma.example"}).status_code == 200
        assert httpx2.get(local, headers={"host": "evil.example"}).status_code == 421
        server.stop()
    assert "not encrypted" in server.complaints
