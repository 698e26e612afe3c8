"""Shared: the app, a client without a network, a live server on a free port, and a browser."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_cases import Form, encoded, everything, personal
from web_html import ReadOften

from sarcoma.web import create_app
from sarcoma.web.connections import server_config

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
]  # fmt: skip
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """What reads all pages runs in one process, which makes them once."""
    for item in items:
        if "pages" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("pages"))
    yield
    for item in items:
        of_group: Any = item
        named = getattr(of_group, "_nodeid", item.nodeid)
        if named != item.nodeid:  # xdist 3.8 writes the group where pytest 9.2 no longer looks
            of_group._id = type(of_group._id).parse(named)


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """Without a limit for PDFs that a test could meet; `test_limits.py` has that."""
    return create_app(pdfs_a_minute=600_000)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """What a browser sends and gets, without a network; redirects are not followed."""
    with TestClient(app, follow_redirects=False) as found:
        yield found


@pytest.fixture(scope="session")
def post(client: TestClient) -> Callable[..., Any]:
    """Post a form as a browser does."""

    def send(path: str, form: Form, **headers: str) -> Any:
        return client.post(path, content=encoded(form), headers=FORM | headers)

    return send


@pytest.fixture(scope="session")
def pages(client: TestClient, post: Callable[..., Any]) -> dict[str, ReadOften]:
    """The HTML of every page: those of a GET by address, those of a made-up person by their name and address."""
    found = {path: ReadOften(client.get(path).text) for path in everything()}
    return found | {name: ReadOften(post(path, form).text) for name, path, form in personal()}


@pytest.fixture(scope="module")
def server(app: FastAPI) -> Iterator[str]:
    """The address of a live server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = server_config(app)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not running.started:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. One for each module: while it is open its thread has a running event loop of Playwright's."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        lack = "Chromium is not on this machine: scripts/chromium.sh installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh browser context on the live server; options as for Playwright's `new_context`."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        found = browser.new_context(base_url=server, reduced_motion="reduce", **options)
        found.set_default_timeout(10_000)
        made.append(found)
        return found

    yield make
    for one in made:
        one.close()


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    """A page that has loaded nothing yet; what goes wrong in it fails the test."""
    return context().new_page()
