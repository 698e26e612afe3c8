"""Debian's PostgreSQL in a temporary folder, for tests: own socket, loopback only, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "only-for-tests"
HOW = "PostgreSQL is not installed: sh scripts/postgresql.sh brings Debian's (apt-get install postgresql)"


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
    """A server, until the end."""
    where = programs()
    assert where is not None, HOW
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    as_user = {}
    if os.getuid() == 0:
        other = pwd.getpwnam("postgres")
        os.chown(folder, other.pw_uid, other.pw_gid)
        as_user = {"user": "postgres", "group": other.pw_gid, "extra_groups": []}
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    if as_user:
        os.chown(secret, other.pw_uid, other.pw_gid)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    subprocess.run(
        [where / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--no-sync", "--locale=C"],
        check=True, **quiet, **as_user,
    )  # fmt: skip
    settings = {"fsync": "off", "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen([where / "postgres", "-D", data, *options], **quiet, **as_user)
    server = Server(port, folder, process)
    try:
        _wait(server)
        server.run(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        yield server
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server) -> None:
    import psycopg

    for _ in range(300):
        if server.process.poll() is not None:
            raise RuntimeError("PostgreSQL ended while it was starting")
        try:
            server.run("SELECT 1")
        except psycopg.Error:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not start within 30 seconds")
