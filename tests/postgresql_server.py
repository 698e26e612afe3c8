"""Debian's PostgreSQL in a temporary folder, for tests: own socket, loopback only, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "only-for-tests"
HOW = (
    "PostgreSQL is not installed: as root apt-get install postgresql, or put initdb on the PATH (scripts/postgresql.sh)"
)


def programs() -> Path | None:
    """Where `initdb` and `postgres` are; None where they are not."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named is not None else None


@dataclass(frozen=True)
class Server:
    """A running server: the user `postgres` may do everything, `reader` only what it is granted."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def address(self, schema: str | None = None, user: str = "postgres", database: str = "postgres") -> str:
        asked = f"?schema={schema}" if schema else ""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{asked}"

    def run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.address(), password=PASSWORD, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def running() -> Iterator[Server]:
    """A server, until the end; it ends with the process that started it, however that ends."""
    where = programs()
    assert where is not None, HOW
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a path of a socket has at most 107 characters
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    as_user: dict[str, Any] = {}
    if os.getuid() == 0:
        other = _another_user()
        as_user = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
        for path in (folder, secret):
            os.chown(path, other.pw_uid, other.pw_gid)
    try:
        made = subprocess.run(
            [where / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--no-sync", "--locale=C"],
            check=False, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **as_user,
        )  # fmt: skip
        assert made.returncode == 0, f"initdb: {made.stderr.strip()[-300:]}"
        for attempt in range(3):
            server = _started(where, folder, as_user)
            try:
                _wait(server)
            except RuntimeError:  # another process took the port meanwhile
                _end(server)
                if attempt == 2:
                    raise
            else:
                break
        try:
            server.run(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
            yield server
        finally:
            _end(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _another_user() -> pwd.struct_passwd:
    """Whom PostgreSQL runs as where we are root, which it refuses."""
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres: run the tests as another user")


def _started(where: Path, folder: Path, as_user: dict[str, Any]) -> Server:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    setpriv = shutil.which("setpriv")  # so that the system ends the server where this process is killed
    with_us = [setpriv, "--pdeathsig", "INT", "--"] if setpriv is not None else []
    process = subprocess.Popen(
        [*with_us, where / "postgres", "-D", folder / "data", *options],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user,
    )  # fmt: skip
    return Server(port, folder, process)


def _end(server: Server) -> None:
    """A fast shutdown: whoever is connected is let go."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
        try:
            server.process.wait(60)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


def _wait(server: Server) -> None:
    import psycopg

    for _ in range(600):
        if server.process.poll() is not None:
            raise RuntimeError("PostgreSQL ended while it was starting")
        try:
            server.run("SELECT 1")
        except psycopg.Error:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not start within a minute")
