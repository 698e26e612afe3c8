"""`sarcoma serve`: the pages, on this machine."""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from sarcoma.cli._shared import Json, app
from sarcoma.errors import ServeError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on; others can reach it only if told so.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Another name under which the server may be addressed, such as a domain."),
    ] = None,
    pdfs_a_minute: Annotated[
        int, typer.Option("--pdfs-a-minute", min=1, help="PDFs a minute for each network address.")
    ] = 30,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="A proxy stands before it: believe what that says of who asks (X-Forwarded-For)."
        ),
    ] = False,
    proxy_address: Annotated[
        list[str] | None, typer.Option("--proxy-address", help="Where the proxy asks from, if not from this machine.")
    ] = None,
    cds_hooks: Annotated[
        Path | None,
        typer.Option("--cds-hooks", help="Switch the CDS Hooks service on: a YAML file that says who may call it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Start the website on this machine: for a person, and for a sarcoma team. Nothing that is typed is kept.

    Example: sarcoma serve --port 8080
    """
    if proxy_address and not behind_proxy:
        raise ServeError("--proxy-address: is the address of a proxy; add --behind-proxy")
    hooks = None
    if cds_hooks is not None:
        from sarcoma.web.cds_settings import read_cds_settings

        hooks = read_cds_settings(cds_hooks)
    listening = _listen(host, port)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one person's matrices are small: threads would only wait
    import uvicorn

    from sarcoma.web.app import create_app, warm
    from sarcoma.web.connections import server_config

    names = {*LOOPBACK, host, *(allow_host or ())}
    website = create_app(hosts=names, pdfs_a_minute=pdfs_a_minute, cds_hooks=hooks)
    warm()
    gc.enable()
    gc.freeze()  # what was read at the start stays; only requests leave something to collect
    gc.set_threshold(100_000, 20, 100)  # and what they leave has mostly no cycles: look seldom
    at = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{at}/"
    print(json.dumps({"address": address}) if as_json else f"Sarcoma Outlook: {address}  (Ctrl-C stops it)", flush=True)
    if host not in LOOPBACK:
        print(
            "Others on the network can reach this. The connection is not encrypted: put it behind a proxy that is.",
            file=sys.stderr,
        )
    proxies = (*LOOPBACK, *(proxy_address or ())) if behind_proxy else ()
    config = server_config(website, proxies)
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    ServeError : the address or the port cannot be had.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError:
        raise ServeError(f"port {port} on {host[:60]} cannot be had; try another, for example --port 8001") from None
    return found
