"""The app: which page stands behind which address, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from sarcoma import __version__
from sarcoma.errors import MissingPartError, RequestError
from sarcoma.outlook import outlook_of
from sarcoma.patient import Patient
from sarcoma.web import api, fhir
from sarcoma.web.guard import RETRY_SECONDS, Guard, Rate
from sarcoma.web.page import HTML, addresses, environment, language_of, render, url
from sarcoma.web.person_pages import Personal
from sarcoma.web.public_pages import Common
from sarcoma.web.route_rule import RULES, cds_hooks_rule
from sarcoma.wording import language

if TYPE_CHECKING:
    from sarcoma.web.cds_settings import CdsHooks

LOCAL = ("127.0.0.1", "localhost", "::1", "testserver")


def create_app(
    *, hosts: Iterable[str] | None = LOCAL, pdfs_a_minute: int = 30, cds_hooks: CdsHooks | None = None
) -> FastAPI:
    """The website and the HTTP API.

    Parameters
    ----------
    hosts : names under which it may be addressed; None allows all (behind a proxy that checks them).
    pdfs_a_minute : for each address.
    cds_hooks : who may call the CDS service; without it there is none.
    """
    app = FastAPI(
        title="Sarcoma Outlook",
        version=__version__,
        description="From what is known about a soft tissue sarcoma to an honest, checkable outlook. Nothing is kept.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # its redirects name http://, which behind a proxy is not how it is reached
    )
    pages = (  # what takes most to make is found first
        (["POST"], Personal(Rate(pdfs_a_minute, burst=10)).routes()),
        (["GET", "HEAD"], Common().routes()),
    )
    for methods, routes in pages:
        for path, handler in routes:
            for address in addresses(path):
                app.add_route(address, handler, methods=methods, include_in_schema=False)
    app.include_router(api.router)
    app.include_router(fhir.router)
    rules = RULES
    app.state.data = ("/api/",)
    if cds_hooks is not None:
        from sarcoma.web.cds import CdsService

        for method, path, handler in CdsService(cds_hooks).routes():
            methods = ["GET", "HEAD"] if method == "GET" else [method]
            app.add_route(path, handler, methods=methods, include_in_schema=False)
        rules = (*RULES, cds_hooks_rule(cds_hooks.settings.origins))
        app.state.data = ("/api/", rules[-1].path)
    for route in api.router.routes:  # HEAD works where GET does, and is in no description: it is GET without the body
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            app.add_api_route(
                route.path, route.endpoint, methods=["HEAD"], include_in_schema=False, response_model=None
            )
    described: dict[str, Any] = {}

    async def openapi(_request: Request) -> Response:
        if not described:
            described.update(api.described(app))
        return api.as_json(described)

    app.add_route("/openapi.json", openapi, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_exception_handler(RequestError, _request_error)  # type: ignore[arg-type]
    app.add_exception_handler(MissingPartError, _missing_part)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]
    app.add_middleware(Guard, hosts=hosts, rules=rules)
    return app


_HEADINGS = {
    404: "Not found",
    413: "Too large",
    415: "Not a form",
    429: "Too many at once",
    501: "Not on this server",
    503: "Very busy",
}


def _message(request: Request, status: int, sentence: str) -> Response:
    heading = _HEADINGS.get(status, "This did not work")
    if _is_data(request):
        return api.as_json({"error": sentence}, status)
    return Response(render("message.html", "/message", heading=heading, sentence=sentence), status, media_type=HTML)


def _is_data(request: Request) -> bool:
    """Whether an address answers programs, not readers."""
    return str(request.scope["path"]).startswith(request.app.state.data)


async def _request_error(request: Request, error: RequestError) -> Response:
    answer = _message(request, error.status, error.sentence)
    if error.status == 503:
        answer.headers["retry-after"] = str(RETRY_SECONDS)
    if error.status == 401:
        answer.headers["www-authenticate"] = "Bearer"
    return answer


async def _missing_part(request: Request, error: MissingPartError) -> Response:
    return _message(request, 501, f"The server lacks a part: {error}")


async def _http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405 and request.method in ("GET", "HEAD") and not _is_data(request):
        lang, _path = language_of(request.scope["path"])
        with language.using(lang):
            return RedirectResponse(url("/situation"), 303)
    if error.status_code == 404 and (place := _without_slash(request)):
        return RedirectResponse(place, 308)
    sentences = {404: "There is no page at this address.", 405: "This address does not take that."}
    answer = _message(request, error.status_code, sentences.get(error.status_code, "This did not work."))
    if error.status_code == 405:
        known = (error.headers or {}).get("Allow", "").split(", ")
        answer.headers["allow"] = ", ".join(sorted({*_methods(request), *filter(None, known)}))
    return answer


def _without_slash(request: Request) -> str:
    """The address without a slash at its end, where a page stands there; relative to this host."""
    path = "/" + request.scope["path"].strip("/")
    at = {**request.scope, "path": path}
    return path if any(r.matches(at)[0] is Match.FULL for r in request.app.routes) else ""


def _methods(request: Request) -> list[str]:
    """What the address of a page takes; those of the API know theirs themselves."""
    routes = (r for r in request.app.routes if r.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in routes for method in getattr(route, "methods", None) or ()})


def warm() -> None:
    """Read the evidence and the templates, so that the first request is as fast as the next."""
    outlook_of(Patient())
    for name in environment().list_templates():
        environment().get_template(name)
