"""Pages about a person: made for one request, and not kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from sarcoma.errors import RecordError, RequestError
from sarcoma.outlook import Outlook, outlook_of
from sarcoma.patient import Patient, field_specs
from sarcoma.web import api, situation, survival, team
from sarcoma.web.country import known_country, region_of
from sarcoma.web.forms import Said, problems_of, situation_form
from sarcoma.web.guard import MOST_PAPERS_IN_LINE, Line, Rate
from sarcoma.web.page import HTML, document, language_of, render
from sarcoma.web.team_form import country_list, team_form, type_list
from sarcoma.wording import language

if TYPE_CHECKING:
    from sarcoma.report.visit import Visit

Handler = Callable[[Request], Awaitable[Response]]
Routes = list[tuple[str, Handler]]


class Personal:
    """Pages made from a form that was posted. `pdf_rate` limits what costs most."""

    def __init__(self, pdf_rate: Rate) -> None:
        self._pdf_rate = pdf_rate
        self._papers = Line(MOST_PAPERS_IN_LINE)

    def routes(self) -> Routes:
        """Address and handler of each page, all for POST.

        An empty form is answered at another address (`…/shown`): browsers keep a page that is left for another address
        whole, with what was typed, so that Back shows it.
        """
        return [
            ("/situation", self._personal(self._situation)),
            ("/situation/shown", self._personal(self._situation)),
            ("/situation/edit", self._personal(self._edit)),
            ("/survival", self._personal(self._survival_ask)),
            ("/survival/shown", self._personal(self._survival)),
            ("/page", self._personal(self._visit)),
            ("/page.pdf", self._personal(self._visit_pdf)),
            ("/team", self._personal(self._team)),
            ("/team/shown", self._personal(self._team)),
            ("/team/more", self._personal(self._team)),
            ("/team/course", self._personal(self._team_course)),
            ("/team.pdf", self._personal(self._team_pdf)),
            ("/team/long.pdf", self._personal(self._team_long_pdf)),
            ("/team.txt", self._personal(self._team_text)),
            ("/team/long.txt", self._personal(self._team_long_text)),
            ("/team.json", self._personal(self._team_json)),
        ]

    def _personal(self, make: Callable[[str, Said, Request], Any]) -> Handler:
        """A page about a person: made for this request, and not kept. A form that cannot be read is asked again."""

        async def handler(request: Request) -> Response:
            lang, path = language_of(request.scope["path"])
            said = Said.of_body(await request.body(), request.headers.get("content-type", ""))
            with language.using(lang, region_of(known_country(said.first("country")))):
                said = said.recognised()
                try:
                    answer = make(path, said, request)
                    if asyncio.iscoroutine(answer):
                        answer = await answer
                except RecordError as error:
                    form = situation_form("/situation", said, problems_of(error))
                    return Response(form, 422, media_type=HTML)
            return answer if isinstance(answer, Response) else Response(answer, media_type=HTML)

        return handler

    def _read(self, said: Said, audience: Literal["everyone", "teams"]) -> tuple[Patient, Outlook]:
        patient = said.record(audience)
        return patient, outlook_of(patient, audience=audience)

    def _situation(self, _path: str, said: Said, _request: Request) -> Any:
        patient, outlook = self._read(said, "everyone")
        country = known_country(said.first("country"))
        shown = situation.view(patient, outlook, country)
        return render("situation.html", "/situation", hidden=_carried(said), **shown)

    def _edit(self, _path: str, said: Said, _request: Request) -> bytes:
        return situation_form("/situation", said, {})

    def _survival_ask(self, path: str, said: Said, _request: Request) -> bytes:
        return render("survival_ask.html", path, hidden=said.hidden())

    def _survival(self, _path: str, said: Said, _request: Request) -> Any:
        _patient, outlook = self._read(said, "everyone")
        shown = survival.view(outlook, known_country(said.first("country")))
        hidden = [(name, value) for name, value in said.hidden() if name != "country"]
        return render("survival.html", "/survival", hidden=hidden, **shown)

    def _sheet(self, said: Said) -> Visit:
        from sarcoma.report.visit import visit

        _patient, outlook = self._read(said, "everyone")
        return visit(outlook, said.all("question"), second=bool(said.first("second")))

    def _visit(self, _path: str, said: Said, _request: Request) -> bytes:
        # the addresses of the other languages lead to the form: nothing about a person stands in an address
        return render("visit.html", "/situation", sheet=self._sheet(said), hidden=said.hidden())

    async def _visit_pdf(self, _path: str, said: Said, request: Request) -> Any:
        sheet = self._sheet(said)
        return await self._pdf(request, sheet.pdf, "my-visit.pdf")

    def _case(self, said: Said) -> tuple[tuple[Patient, Outlook] | None, dict[str, str]]:
        try:
            return self._read(said, "teams"), {}
        except RecordError as error:
            return None, problems_of(error, plain=False)

    def _team(self, path: str, said: Said, _request: Request) -> Response:
        case, problems = self._case(said)
        body = render(
            "team.html",
            "/team",
            form=team_form(said, problems, case[0] if case is not None else None),
            types=type_list(),
            problems=problems,
            labels={name: spec.label for name, spec in field_specs().items()},
            case=team.view(*case, said) if case is not None else None,
            more=path == "/team/more" or case is None,
            hidden=said.hidden(),
            countries=country_list(known_country(said.first("country"))),
        )
        return Response(body, 422 if problems else 200, media_type=HTML)

    def _team_course(self, path: str, said: Said, _request: Request) -> Response:
        case, problems = self._case(said)
        if case is None:
            raise RequestError(422, next(iter(problems.values())))
        part = render("course.html", path, course=team.course_view(*case, said))
        return Response(part, media_type=HTML, headers={"cache-control": "no-store"})

    async def _team_pdf(self, _path: str, said: Said, request: Request) -> Response:
        paper = team.one_page(self._known_case(said), known_country(said.first("country")))
        return await self._pdf(request, lambda: paper.pdf(one_side=True), "outlook.pdf")

    async def _team_long_pdf(self, _path: str, said: Said, request: Request) -> Response:
        blocks = team.report_blocks(self._known_case(said), known_country(said.first("country")))
        paper = document("Sarcoma outlook", "For the sarcoma team; figures describe groups of people.", blocks)
        return await self._pdf(request, paper.pdf, "outlook-long.pdf")

    def _team_text(self, _path: str, said: Said, _request: Request) -> Response:
        return Response(team.text(self._known_case(said)), media_type="text/plain; charset=utf-8")

    def _team_long_text(self, _path: str, said: Said, _request: Request) -> Response:
        text = team.long_text(self._known_case(said), known_country(said.first("country")))
        return Response(text, media_type="text/plain; charset=utf-8")

    def _known_case(self, said: Said) -> Outlook:
        """The outlook of a form that can be read; the first problem of another is refused."""
        case, problems = self._case(said)
        if case is None:
            raise RequestError(422, next(iter(problems.values())))
        return case[1]

    def _team_json(self, _path: str, said: Said, _request: Request) -> Response:
        from sarcoma.report import as_data

        case, problems = self._case(said)
        if case is None:
            return api.as_json({"problems": [{"field": f, "problem": p} for f, p in problems.items()]}, 422)
        answer = api.as_json(as_data(case[1], country=known_country(said.first("country")) or None))
        answer.headers["content-disposition"] = 'attachment; filename="outlook.json"'
        return answer

    async def _pdf(self, request: Request, make: Callable[[], bytes], name: str) -> Response:
        """A PDF, made beside the other requests, one at a time."""
        self._pdf_rate.take(request.client.host if request.client else "")
        async with self._papers.turn():
            content = await asyncio.to_thread(make)
        headers = {"content-disposition": f'inline; filename="{name}"'}
        return Response(content, media_type="application/pdf", headers=headers)


def _carried(said: Said) -> list[tuple[str, str]]:
    """What the page carries on; the questions are ticked, and the country is chosen, on the page itself."""
    return [(name, value) for name, value in said.hidden() if name not in ("question", "country")]
