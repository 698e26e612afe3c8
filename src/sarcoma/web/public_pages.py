"""Pages that are the same for everyone: made once for each address."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sarcoma.errors import RequestError
from sarcoma.evidence import due_list, library
from sarcoma.models import Card
from sarcoma.outlook.figure import card_sources_changed, citation
from sarcoma.web import api, browse, changes, chapters, drawn, people, report_words, trials, type_search
from sarcoma.web.chapters import standing_of_chapter
from sarcoma.web.country import countries, known_country, region_of
from sarcoma.web.forms import Said, situation_form
from sarcoma.web.page import HTML, language_of, render, static_files, url
from sarcoma.web.team_form import country_list, team_form, type_list
from sarcoma.wording import figures, language
from sarcoma.wording.alive import review_note
from sarcoma.wording.language import N_

Handler = Callable[[Request], Awaitable[Response]]
Routes = list[tuple[str, Handler]]

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_VERDICTS = {
    "true": N_("Right"),
    "true-but-outdated": N_("Right, but out of date"),
    "needs-context": N_("Needs context"),
    "misleading": N_("Misleading"),
    "not-resolved": N_("Not resolved"),
}


class Common:
    """Pages without a person in them, kept as bytes."""

    def __init__(self) -> None:
        self._kept: dict[str, Packed] = {}
        self._day = due_list.today()

    def routes(self) -> Routes:
        """Address and handler of each page, all for GET."""
        return [
            ("/", self._same(self._home)),
            ("/understand", self._same(self._understand)),
            *((f"/understand/{door}", self._same(self._door)) for door in library().doors),
            ("/understand/report", self._same(self._report_words)),
            ("/understand/types", self._with_query(("q",), self._types)),
            ("/understand/types/{key}", self._same(self._type)),
            ("/trials", self._with_query(("type", "country"), self._trials)),
            ("/understand/{chapter}", self._with_choices(self._chapter)),
            ("/understand/{chapter}/shown", self._same(self._chapter)),
            ("/situation", self._same(self._empty_form)),
            ("/survival", self._same(self._survival_start)),
            ("/article", self._with_choices(self._article)),
            ("/people", self._with_choices(self._people)),
            ("/privacy", self._same(self._privacy)),
            ("/team", self._same(self._team_empty)),
            ("/models", self._same(self._models)),
            ("/models/{key}", self._with_choices(self._model)),
            ("/evidence", self._evidence),
            ("/evidence/shelf/{name}", self._same(self._shelf)),
            ("/evidence/{key:path}", self._with_choices(self._entry)),
            ("/changes", self._same(self._changes)),
            ("/changes.atom", self._feed),
            ("/api", self._same(self._api)),
            ("/static/{name}", self._static),
        ]

    def _same(self, make: Callable[[str, dict[str, Any]], bytes]) -> Handler:
        """A page that is the same for everyone: made once for each address."""

        async def handler(request: Request) -> Response:
            path = request.scope["path"]
            self._forget_yesterday()
            packed = self._kept.get(path)
            if packed is None:
                lang, plain = language_of(path)
                with language.using(lang):
                    packed = self._kept[path] = Packed(make(plain, request.path_params))
            return packed.answer(request, HTML)

        return handler

    def _forget_yesterday(self) -> None:
        """What is overdue changes with the day, so that pages are made anew on each."""
        if self._day != due_list.today():
            self._day = due_list.today()
            self._kept.clear()

    def _with_choices(self, make: Callable[[str, dict[str, Any]], bytes]) -> Handler:
        """A page on which the reader may choose a country (`?country=`) or ask how long people live (`?survival=yes`).

        With a choice it is made anew and not kept.
        """
        same = self._same(make)

        async def handler(request: Request) -> Response:
            country = known_country(request.query_params.get("country", ""))
            survival = request.query_params.get("survival", "") == "yes"
            if not country and not survival:
                return await same(request)
            lang, plain = language_of(request.scope["path"])
            with language.using(lang, region_of(country)):
                html = make(plain, {**request.path_params, "country": country, "survival": survival})
            return Response(html, media_type=HTML)

        return handler

    def _with_query(self, names: tuple[str, ...], make: Callable[[str, dict[str, Any]], bytes]) -> Handler:
        """A page that answers to what its own form asks for; with an answer it is made anew and not kept."""
        same = self._same(make)

        async def handler(request: Request) -> Response:
            said = {name: request.query_params.get(name, "").strip()[:80] for name in names}
            if not any(said.values()):
                return await same(request)
            lang, plain = language_of(request.scope["path"])
            with language.using(lang):
                html = make(plain, said)
            return Response(html, media_type=HTML)

        return handler

    def _changes(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("changes.html", path, parts=changes.by_release(), url_of=changes.url_of)

    async def _feed(self, request: Request) -> Response:
        packed = self._kept.get("/changes.atom")
        if packed is None:
            packed = self._kept["/changes.atom"] = Packed(changes.feed())
        return packed.answer(request, changes.ATOM)

    def _home(self, path: str, _params: dict[str, Any]) -> bytes:
        sudden = library().red_flags["anything-sudden"]
        return render("home.html", path, sudden=sudden, standing=[review_note((sudden,))])

    def _understand(self, path: str, _params: dict[str, Any]) -> bytes:
        doors, every = library().doors.values(), library().chapters.values()
        return render("understand.html", path, doors=list(doors), chapters=list(every))

    def _door(self, path: str, _params: dict[str, Any]) -> bytes:
        door = library().doors[path.rpartition("/")[2]]
        sudden = library().red_flags["anything-sudden"]
        facts = [library().facts[step.fact] for step in door.steps if step.fact]
        return render("door.html", path, door=door, sudden=sudden, standing=[review_note((sudden, *facts))])

    def _report_words(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("report_words.html", path, reports=report_words.by_report())

    def _types(self, path: str, params: dict[str, Any]) -> bytes:
        query = params.get("q", "")
        found = type_search.search(query) if query else None
        return render("types.html", path, query=query, found=found, kinds=type_search.all_types())

    def _type(self, path: str, params: dict[str, Any]) -> bytes:
        shown = type_search.type_shown(params["key"])
        return render("type.html", path, shown=shown, standing=[review_note((shown.kind,))])

    def _trials(self, path: str, params: dict[str, Any]) -> bytes:
        chosen, country = trials.known_type(params.get("type", "")), known_country(params.get("country", ""))
        return render(
            "trials.html",
            path,
            kinds=type_search.all_types(),
            chosen=chosen,
            search_name=trials.name_for_search(chosen),
            country=country,
            countries=countries(),
            registers=trials.registers(chosen, country),
        )

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
            drawing=chapters.picture_of(chapter) if shown or not chapter.ask_first else None,
            bars=chapters.bars_of(chapter) if shown or not chapter.ask_first else [],
            alarms=chapters.alarms(),
            treatments=chapters.kinds_of_treatment(),
            country=params.get("country", ""),
            countries=countries(),
            standing=standing_of_chapter(chapter),
            sites=[s for s in library().sites.values() if s.symptoms],
            questions=list(library().questions.values()),
            map=drawn.body_map(
                frozenset(s.id for s in library().sites.values() if s.symptoms),
                frozenset(),
                "" if any(part.show == "sites" for part in chapter.parts) else url("/understand/signs"),
            ),
            before=order[at - 1] if at else None,
            after=order[at + 1] if at + 1 < len(order) else None,
        )

    def _empty_form(self, path: str, _params: dict[str, Any]) -> bytes:
        return situation_form(path, Said({}), {})

    def _survival_start(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("survival_ask.html", path, hidden=[])

    def _article(self, path: str, params: dict[str, Any]) -> bytes:
        claims = list(library().claims.values())
        return render(
            "article.html",
            path,
            claims=claims,
            verdicts=_VERDICTS,
            cite=citation,
            standing=[review_note(claims)],
            survival=params.get("survival", False),
        )

    def _people(self, path: str, params: dict[str, Any]) -> bytes:
        country = params.get("country", "")
        return render(
            "people.html",
            path,
            shown=people.people(country),
            languages_of=people.languages_of,
            country=country,
            countries=countries(),
        )

    def _privacy(self, path: str, _params: dict[str, Any]) -> bytes:
        return render("privacy.html", path)

    def _team_empty(self, path: str, _params: dict[str, Any]) -> bytes:
        return render(
            "team.html",
            path,
            form=team_form(Said({}), {}),
            types=type_list(),
            problems={},
            labels={},
            case=None,
            more=False,
            hidden=[],
            countries=country_list(""),
        )

    def _models(self, path: str, _params: dict[str, Any]) -> bytes:
        from sarcoma.models import cards

        return render("models.html", path, cards=list(cards().values()), changed=_changed)

    def _model(self, _path: str, params: dict[str, Any]) -> bytes:
        shown = browse.model(params["key"], survival=params.get("survival", False))
        return render("entry.html", countries=(), **shown)

    def _entry(self, _path: str, params: dict[str, Any]) -> bytes:
        from sarcoma.models import cards

        if params["key"] in cards():
            return self._model(_path, params)
        shown = browse.entry(params["key"], params.get("country", ""), survival=params.get("survival", False))
        return render("entry.html", countries=countries(), **shown)

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
        packed = self._kept.get(f"/static/{name}")
        if packed is None:
            packed = self._kept[f"/static/{name}"] = Packed(content)
        kind = _TYPES.get("." + name.rpartition(".")[2], "application/octet-stream")
        return packed.answer(request, kind, {"cache-control": "public, max-age=31536000, immutable"})


class Packed:
    """Something that is sent to everyone, as it is and compressed."""

    def __init__(self, content: bytes) -> None:
        self._content, self._compressed = content, gzip.compress(content, mtime=0)

    def answer(self, request: Request, kind: str, headers: dict[str, str] | None = None) -> Response:
        headers = {"vary": "accept-encoding", **(headers or {})}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self._compressed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
        return Response(self._content, media_type=kind, headers=headers)


def _changed(card: Card) -> tuple[str, ...]:
    return figures.changed_sources(card_sources_changed(card))


def _evidence_page(**shown: Any) -> bytes:
    empty = {"query": "", "found": (), "entries": (), "title": "", "shelves": {}, "overdue": ""}
    words = {"kind_words": browse.KIND_WORDS, "kinds": browse.LISTS}
    return render("evidence.html", "/evidence", most=browse.MOST, **words, **{**empty, **shown})
