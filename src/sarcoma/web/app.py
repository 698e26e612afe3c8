"""The app: addresses, and the page behind each. Pages that are the same for everyone are made once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Literal

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from sarcoma import __version__
from sarcoma.errors import RecordError, RequestError
from sarcoma.evidence import library
from sarcoma.outlook import Outlook, outlook
from sarcoma.outlook.figure import citation
from sarcoma.patient import Patient, field_specs
from sarcoma.report import language
from sarcoma.report.language import _
from sarcoma.web import api, browse, chapters, drawn, situation, survival, team
from sarcoma.web.forms import Said, asked, person_questions, problems_of, team_questions
from sarcoma.web.guard import Guard, Rate
from sarcoma.web.page import HTML, document, environment, is_translated, render, static_files

Handler = Callable[[Request], Awaitable[Response]]

LOCAL = ("127.0.0.1", "localhost", "::1", "testserver")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_VERDICTS = {
    "true": "Right",
    "true-but-outdated": "Right, but out of date",
    "needs-context": "Needs context",
    "misleading": "Misleading",
    "not-resolved": "Not resolved",
}


def create_app(*, hosts: Iterable[str] | None = LOCAL, pdfs_a_minute: int = 30) -> FastAPI:
    """The website and the HTTP API.

    Parameters
    ----------
    hosts : names under which it may be addressed; None allows all (behind a proxy that checks them).
    pdfs_a_minute : for each address.
    """
    app = FastAPI(
        title="Sarcoma Outlook",
        version=__version__,
        description="From what is known about a soft tissue sarcoma to an honest, checkable outlook. Nothing is kept.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.include_router(api.router)
    site = _Site(Rate(pdfs_a_minute, burst=10))
    for path, handler, methods in site.routes():
        app.add_route(path, handler, methods=methods, include_in_schema=False)
        if is_translated(path.replace("{chapter}", "x")) or path.startswith("/situation"):
            for code in language.LANGUAGES:
                if code != "en":
                    app.add_route(f"/{code}{path}", handler, methods=methods, include_in_schema=False)
    described: dict[str, Any] = {}

    async def openapi(_request: Request) -> Response:
        if not described:
            described.update(api.described(app))
        return api.as_json(described)

    app.add_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(RequestError, _request_error)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]
    app.add_middleware(Guard, hosts=hosts)
    return app


class _Site:
    """The pages. Those that are the same for everyone are kept as bytes; nothing about a person is."""

    def __init__(self, pdf_rate: Rate) -> None:
        self._kept: dict[str, bytes] = {}
        self._pdf_rate = pdf_rate
        self._pdf_turn = asyncio.Semaphore(1)

    def routes(self) -> list[tuple[str, Handler, list[str]]]:
        get, post = ["GET", "HEAD"], ["POST"]
        return [
            ("/", self._same(self._home), get),
            ("/understand", self._same(self._understand), get),
            ("/understand/{chapter}", self._same(self._chapter), get),
            ("/understand/{chapter}/shown", self._same(self._chapter), get),
            ("/situation", self._same(self._empty_form), get),
            ("/situation", self._personal(self._situation), post),
            ("/situation/edit", self._personal(self._edit), post),
            ("/survival", self._same(self._survival_start), get),
            ("/survival", self._personal(self._survival_ask), post),
            ("/survival/shown", self._personal(self._survival), post),
            ("/page", self._personal(self._visit), post),
            ("/page.pdf", self._personal(self._visit_pdf), post),
            ("/article", self._same(self._article), get),
            ("/people", self._same(self._people), get),
            ("/privacy", self._same(self._privacy), get),
            ("/team", self._same(self._team_empty), get),
            ("/team", self._personal(self._team), post),
            ("/team/course", self._personal(self._team_course), post),
            ("/team.pdf", self._personal(self._team_pdf), post),
            ("/team.txt", self._personal(self._team_text), post),
            ("/team.json", self._personal(self._team_json), post),
            ("/models", self._same(self._models), get),
            ("/models/{key}", self._same(self._model), get),
            ("/evidence", self._evidence, get),
            ("/evidence/shelf/{name}", self._same(self._shelf), get),
            ("/evidence/{key}", self._same(self._entry), get),
            ("/api", self._same(self._api), get),
            ("/static/{name}", self._static, get),
        ]

    # -- how pages are answered

    def _same(self, make: Callable[[str, dict[str, Any]], bytes]) -> Handler:
        """A page that is the same for everyone: made once for each address."""

        async def handler(request: Request) -> Response:
            path = request.scope["path"]
            body = self._kept.get(path)
            if body is None:
                lang, plain = _language_of(path)
                with language.using(lang):
                    body = make(plain, request.path_params)
                self._kept[path] = body
            return Response(body, media_type=HTML)

        return handler

    def _personal(self, make: Callable[[str, Said, Request], Any]) -> Handler:
        """A page about a person: made for this request, and not kept."""

        async def handler(request: Request) -> Response:
            lang, path = _language_of(request.scope["path"])
            said = Said.of_body(await request.body(), request.headers.get("content-type", ""))
            with language.using(lang):
                answer = make(path, said, request)
                if asyncio.iscoroutine(answer):
                    answer = await answer
            return answer if isinstance(answer, Response) else Response(answer, media_type=HTML)

        return handler

    # -- the same for everyone

    def _home(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("home.html", path, sudden=library().red_flags["anything-sudden"])

    def _understand(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("understand.html", path, chapters=list(library().chapters.values()))

    def _chapter(self, path: str, params: dict[str, Any]) -> bytes:
        every = library().chapters
        chapter = every.get(params["chapter"])
        shown = path.endswith("/shown")
        if chapter is None or (shown and not chapter.ask_first):
            raise RequestError(404, "There is no such chapter.")
        order = list(every.values())
        at = order.index(chapter)
        return render(
            "chapter.html",
            f"/understand/{chapter.id}" + ("/shown" if shown else ""),
            chapter=chapter,
            shown=shown,
            parts=chapters.parts_of(chapter) if shown or not chapter.ask_first else [],
            types=chapters.types_by_group(),
            treatments=chapters.kinds_of_treatment(),
            flags=[f for f in library().red_flags.values() if f.urgency != "soon"],
            sites=[s for s in library().sites.values() if s.symptoms],
            questions=list(library().questions.values()),
            map=drawn.body_map(frozenset(s.id for s in library().sites.values() if s.symptoms), frozenset()),
            before=order[at - 1] if at else None,
            after=order[at + 1] if at + 1 < len(order) else None,
        )

    def _empty_form(self, path: str, _params: dict[str, Any]) -> bytes:
        return _form(path, Said({}), {})

    def _survival_start(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("survival_ask.html", path, hidden=[])

    def _article(self, path: str, _params: dict[str, Any]) -> bytes:
        claims = list(library().claims.values())
        return render("article.html", path, claims=claims, verdicts=_VERDICTS, cite=citation)

    def _people(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("people.html", path, countries=survival.people_by_country())

    def _privacy(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("privacy.html", path)

    def _team_empty(self, path: str, _params: dict[str, Any]) -> bytes:
        return render(
            "team.html", path, groups=team_questions(Said({}), {}), problems={}, labels={}, case=None, hidden=[]
        )

    def _models(self, path: str, _params: dict[str, Any]) -> bytes:
        from sarcoma.models import cards

        return render("models.html", path, cards=list(cards().values()))

    def _model(self, _path: str, params: dict[str, Any]) -> bytes:
        return render("entry.html", **browse.model(params["key"]))

    def _entry(self, _path: str, params: dict[str, Any]) -> bytes:
        from sarcoma.models import cards

        if params["key"] in cards():
            return render("entry.html", **browse.model(params["key"]))
        return render("entry.html", **browse.entry(params["key"]))

    def _api(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("api.html", path, routes=api.routes_in_words())

    async def _evidence(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()[:80]
        if not query:
            return await self._same(self._all_evidence)(request)
        return Response(_evidence_page(query=query, found=browse.search(query)), media_type=HTML)

    def _all_evidence(self, _path: str, _params: dict[str, Any]) -> bytes:
        return _evidence_page(shelves=browse.shelves())

    def _shelf(self, _path: str, params: dict[str, Any]) -> bytes:
        return _evidence_page(**browse.shelf(params["name"]))

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        content = static_files().get(name)
        if content is None:
            raise RequestError(404, "There is no such file.")
        kind = _TYPES.get("." + name.rpartition(".")[2], "application/octet-stream")
        return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})

    # -- about a person

    def _read(self, said: Said, audience: Literal["everyone", "teams"]) -> tuple[Patient, Outlook]:
        patient = said.record()
        return patient, outlook(patient, audience=audience)

    def _situation(self, path: str, said: Said, _request: Request) -> Any:
        try:
            patient, found = self._read(said, "everyone")
        except RecordError as error:
            return Response(_form("/situation", said, problems_of(error)), 422, media_type=HTML)
        return render("situation.html", path, hidden=_without_questions(said), **situation.view(patient, found))

    def _edit(self, _path: str, said: Said, _request: Request) -> bytes:
        return _form("/situation", said, {})

    def _survival_ask(self, path: str, said: Said, _request: Request) -> bytes:
        return render("survival_ask.html", path, hidden=said.hidden())

    def _survival(self, _path: str, said: Said, _request: Request) -> Any:
        try:
            _patient, found = self._read(said, "everyone")
        except RecordError as error:
            return Response(_form("/situation", said, problems_of(error)), 422, media_type=HTML)
        return render("survival.html", "/survival", hidden=said.hidden(), **survival.view(found))

    def _sheet(self, said: Said) -> Any:
        from sarcoma.report.visit import visit

        _patient, found = self._read(said, "everyone")
        return visit(found, said.all("question"))

    def _visit(self, path: str, said: Said, _request: Request) -> Any:
        from sarcoma.report.visit import sudden

        try:
            sheet = self._sheet(said)
        except RecordError as error:
            return Response(_form("/situation", said, problems_of(error)), 422, media_type=HTML)
        return render("visit.html", path, sheet=sheet, hidden=said.hidden(), sudden=sudden())

    async def _visit_pdf(self, _path: str, said: Said, request: Request) -> Any:
        try:
            sheet = self._sheet(said)
        except RecordError as error:
            return Response(_form("/situation", said, problems_of(error)), 422, media_type=HTML)
        return await self._pdf(request, sheet.pdf, "my-visit.pdf")

    def _case(self, said: Said) -> tuple[tuple[Patient, Outlook] | None, dict[str, str]]:
        try:
            return self._read(said, "teams"), {}
        except RecordError as error:
            return None, problems_of(error)

    def _team(self, path: str, said: Said, _request: Request) -> Response:
        found, problems = self._case(said)
        body = render(
            "team.html",
            path,
            groups=team_questions(said, problems),
            problems=problems,
            labels={name: spec.label for name, spec in field_specs().items()},
            case=team.view(*found, said) if found is not None else None,
            hidden=said.hidden(),
        )
        return Response(body, 422 if problems else 200, media_type=HTML)

    def _team_course(self, path: str, said: Said, _request: Request) -> Response:
        found, problems = self._case(said)
        if found is None:
            raise RequestError(422, next(iter(problems.values())))
        return Response(render("course.html", path, case=team.view(*found, said)), media_type=HTML)

    async def _team_pdf(self, _path: str, said: Said, request: Request) -> Response:
        found, problems = self._case(said)
        if found is None:
            raise RequestError(422, next(iter(problems.values())))
        blocks = team.report_blocks(found[1])
        paper = document("Sarcoma outlook", "For the sarcoma team; figures describe groups of people.", blocks)
        return await self._pdf(request, paper.pdf, "outlook.pdf")

    def _team_text(self, _path: str, said: Said, _request: Request) -> Response:
        found, problems = self._case(said)
        if found is None:
            raise RequestError(422, next(iter(problems.values())))
        return Response(team.text(found[1]), media_type="text/plain; charset=utf-8")

    def _team_json(self, _path: str, said: Said, _request: Request) -> Response:
        from sarcoma.report import as_data

        found, problems = self._case(said)
        if found is None:
            return api.as_json({"problems": [{"field": f, "problem": p} for f, p in problems.items()]}, 422)
        answer = api.as_json(as_data(found[1]))
        answer.headers["content-disposition"] = 'attachment; filename="outlook.json"'
        return answer

    async def _pdf(self, request: Request, make: Callable[[], bytes], name: str) -> Response:
        """A PDF, made beside the other requests, one at a time."""
        self._pdf_rate.take(request.client.host if request.client else "")
        async with self._pdf_turn:
            content = await asyncio.to_thread(make)
        headers = {"content-disposition": f'inline; filename="{name}"'}
        return Response(content, media_type="application/pdf", headers=headers)


def _form(path: str, said: Said, problems: dict[str, str]) -> bytes:
    labels = {name: _(field_specs()[name].label) for name in asked()}
    return render(
        "situation_form.html", path, questions=person_questions(said, problems), problems=problems, labels=labels
    )


def _evidence_page(**shown: Any) -> bytes:
    empty = {"query": "", "found": (), "entries": (), "title": "", "shelves": {}}
    return render("evidence.html", "/evidence", most=browse.MOST, **{**empty, **shown})


def _without_questions(said: Said) -> list[tuple[str, str]]:
    """What the page carries on; the questions are ticked on the page itself."""
    return [(name, value) for name, value in said.hidden() if name != "question"]


def _language_of(path: str) -> tuple[str, str]:
    """The language of an address, and the address without it."""
    first, _slash, rest = path[1:].partition("/")
    if first in language.LANGUAGES and first != "en":
        return first, f"/{rest}"
    return "en", path


_HEADINGS = {404: "Not found", 413: "Too large", 415: "Not a form", 429: "Too many at once"}


def _message(request: Request, status: int, sentence: str) -> Response:
    heading = _HEADINGS.get(status, "This did not work")
    if request.scope["path"].startswith("/api/"):
        return api.as_json({"error": sentence}, status)
    return Response(render("message.html", "/message", heading=heading, sentence=sentence), status, media_type=HTML)


async def _request_error(request: Request, error: RequestError) -> Response:
    return _message(request, error.status, error.sentence)


async def _http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405 and request.method == "GET":
        return RedirectResponse("/situation", 303)
    sentences = {404: "There is no page at this address.", 405: "This address does not take that."}
    return _message(request, error.status_code, sentences.get(error.status_code, "This did not work."))


def warm() -> None:
    """Read the evidence and the templates, so that the first request is as fast as the next."""
    outlook(Patient())
    for name in environment().list_templates():
        environment().get_template(name)
