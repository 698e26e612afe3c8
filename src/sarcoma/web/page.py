"""Page: templates filled in one language, with every figure tied to its origin."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from sarcoma import __version__
from sarcoma._plain_text import for_page
from sarcoma.evidence import Fact, library
from sarcoma.outlook import OutlookFigure, why
from sarcoma.report.approvals import no_regulator
from sarcoma.report.blocks import Block, Heading
from sarcoma.report.document import Document
from sarcoma.report.drawn.analyst_curves import TEMPLATES as PICTURES
from sarcoma.report.drawn.model_dots import dot_svg
from sarcoma.wording import figures, language, names, source
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.approvals import decisions
from sarcoma.wording.language import _

HERE = Path(__file__).parent
TRANSLATED = (
    "/", "/understand", "/situation", "/survival", "/article", "/people", "/trials", "/privacy", "/changes", "/page",
    "/page.pdf",
)  # fmt: skip
"""Pages that are whole in every language; the others are in English, and say so."""

HTML = "text/html; charset=utf-8"

STYLES = ("base", "forms", "person", "team", "understand", "sources", "narrow", "print")
"""Style sheets in the order in which they count; a browser gets them as one."""


@cache
def environment() -> jinja2.Environment:
    """Templates; everything is escaped, an undefined name is an error."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=for_page,
    )
    found.globals.update(
        _=translated,
        asset=asset,
        filled=filled,
        fact=fact_html,
        origin=origin_mark,
        url=url,
        way=way,
        version=__version__,
        languages=language.LANGUAGES,
        horizon=figures.horizon,
        not_tested=NOT_TESTED,
        decisions=decisions,
        dot_svg=lambda dot: Markup(dot_svg(dot)),  # noqa: S704 – ours, numbers only
        no_regulator=no_regulator,
        is_translated=is_translated,
        in_words=_,
    )
    found.filters["names_survival"] = lambda text: figures.names_survival(text, None)
    found.filters["red_flag"] = lambda key: library().red_flags[key]
    found.filters["evidence_fact"] = lambda key: library().facts[key]
    found.filters["type_by_id"] = lambda key: library().types[key]
    found.filters["type_name"] = names.type_name
    found.filters["without_asides"] = names.without_asides
    found.filters["first_upper"] = lambda text: text[:1].upper() + text[1:]
    return found


def translated(text: str) -> Markup:
    """A text of ours in the language in use, escaped once."""
    return _translated(text, _(text))


@lru_cache(maxsize=8192)
def _translated(_text: str, said: str) -> Markup:
    return escape(said)


def render(template: str, path: str, **context: Any) -> bytes:
    """One page in the language in use. `path` is its address without the language.

    The origins that its marks open stand behind the text, each once.
    """
    whole = is_translated(path)
    html = environment().get_template(template).render(
        path=path, lang=language.current(), translated=whole, notice=_(figures.NOTICE), **context
    )  # fmt: skip
    return with_origins(html).encode()


def fragment(macro: str, *values: Any, **named: Any) -> Markup:
    """What a macro of `macros.html` makes, in the language in use."""
    made: Markup = getattr(environment().get_template("macros.html").module, macro)(*values, **named)
    return made


def is_translated(path: str) -> bool:
    return path in TRANSLATED or path.startswith(("/understand/", "/situation/", "/survival/"))


# -- addresses


def url(path: str) -> str:
    """The address of a page in the language in use."""
    return path if language.current() == "en" else f"/{language.current()}{path if path != '/' else '/'}"


def way(path: str) -> str:
    """The address of a page in the language in use if it is whole in it, else in English."""
    return url(path) if is_translated(path) else path


def language_of(path: str) -> tuple[str, str]:
    """The language of an address, and the address without it."""
    first, _slash, rest = path[1:].partition("/")
    if first in language.LANGUAGES and first != "en":
        return first, f"/{rest}"
    return "en", path


def addresses(path: str) -> list[str]:
    """A page's address in every language that it is whole in."""
    others = [code for code in language.LANGUAGES if code != "en"] if is_translated(path) else []
    return [path, *(f"/{code}{path}" for code in others)]


@cache
def static_files() -> dict[str, bytes]:
    """Everything under /static, by name."""
    found = {p.name: p.read_bytes() for p in sorted((HERE / "static").iterdir()) if p.is_file()}
    styles = [HERE / "styles" / f"{name}.css" for name in STYLES]
    found["site.css"] = b"\n".join(path.read_bytes() for path in (*styles, PICTURES / "drawn" / "drawn.css"))
    return found


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256(static_files()[name]).hexdigest()[:10]}"


def origin_url(key: str) -> str:
    """The permanent address of an origin: a fact, one of its figures, a model, a source."""
    from sarcoma.models import cards

    owner, dot, figure = key.partition(".")
    if key in cards():
        return f"/models/{key}"
    return f"/evidence/{owner}" + (f"#{figure}" if dot else "")


# -- figures


def origin_mark(key: str) -> Markup:
    """The small mark beside a figure that opens where it comes from, in place; on paper it is the key.

    It stands in no form, which it would send.
    """
    return _origin_mark(key, language.manner())


@lru_cache(maxsize=8192)
def _origin_mark(key: str, _lang: str) -> Markup:
    label = _("Source: %(key)s") % {"key": key}
    mark = Markup('<button class="o" popovertarget="o-{}" aria-label="{}"></button>')
    return mark.format(key.partition(".")[0], label)


_MARKED = re.compile(r'popovertarget="o-([^"]+)"')


def with_origins(html: str) -> str:
    """A page, or a part of one, with a box for every origin that its marks open; a page has them after its text."""
    owners = dict.fromkeys(_MARKED.findall(html))
    if not owners:
        return html
    lang = language.manner()
    boxes = "".join(_origin_box(owner, lang) for owner in owners)
    text, end, rest = html.partition("</main>")
    if not end:
        return f'{html}<div class="origins" data-said>{boxes}</div>'
    aside = '<aside class="origins" aria-labelledby="origins" data-said><h2 id="origins">{}</h2>{}</aside>'
    title = _("Where the numbers come from")
    return f"{text}{end}{aside.format(escape(title), boxes)}{rest}"


@lru_cache(maxsize=4096)
def _origin_box(owner: str, _lang: str) -> str:
    """What a mark opens: the source in a sentence, its key, and a way to more in a new tab.

    The mark itself, Escape and a touch beside it close it again.
    """
    box = Markup('<div popover id="o-{0}"><p>{1} <small>{0}</small></p><a href="{2}" target="_blank">{3}</a></div>')
    said = source.in_short(why(owner))
    return str(box.format(owner, said, origin_url(owner), _("More about this")))


def number_html(words: str, key: str) -> Markup:
    """A figure in words with its mark, which stays on the line of the last word."""
    head, space, last = words.rpartition(" ")
    return Markup('<span class="fig" data-origin="{}">{}{}<span class="nw">{}{}</span></span>').format(
        key, head, space, last, origin_mark(key)
    )


def filled(
    text: str,
    fact: Fact | None = None,
    *,
    plain: bool = True,
    show: Callable[[OutlookFigure], bool] = lambda _: True,
    alone: bool = True,
) -> Markup:
    """A text in the language in use with its figures put in, each with its mark.

    What has to stand beside the figures follows, unless it stands there already (`alone`); in plain words a figure for
    teams is left out.
    """
    parts = []
    shown: list[OutlookFigure] = []
    for part in figures.pieces(_(text) if plain else text, fact):
        if isinstance(part, str):
            parts.append(escape(part))
        elif part is None or not show(part) or (plain and part.audience == "teams"):
            parts.append(escape(figures.WITHHELD))
        else:
            shown.append(part)
            words = figures.quantity(part, plain=plain)
            parts.append(
                number_html(words if parts and str(parts[0]).strip() else words[:1].upper() + words[1:], part.origin)
            )
    if parts and not str(parts[0]).startswith("<"):
        parts[0] = parts[0][:1].upper() + parts[0][1:]
    text_and_notes = Markup("").join(parts)
    if alone:
        text_and_notes += Markup("").join(
            Markup(' <span class="beside-it">{}</span>').format(said) for said in figures.beside(shown, fact)
        )
    return text_and_notes


def fact_html(key: str, *, survival: bool = True) -> Markup | None:
    """A fact in plain words; None where it is for teams, or about survival and that was not asked for."""
    return _fact_html(key, survival, language.manner())


@lru_cache(maxsize=4096)
def _fact_html(key: str, survival: bool, _lang: str) -> Markup | None:
    fact = library().facts[key]
    if not figures.for_everyone(fact):
        return None
    if not survival and figures.names_survival(fact.plain, fact):
        return None
    text = filled(fact.plain, fact)
    if 'class="o"' not in text:
        text += origin_mark(key)
    return Markup('<p class="fact" id="{}" data-origin="{}">{}</p>').format(key, key, text)


# -- documents


def blocks_html(blocks: list[Block], *, top: int = 2) -> Markup:
    """Blocks of a report as HTML; the keys of their items become marks. `top` is the level of the highest headings."""
    highest = min((b.level for b in blocks if isinstance(b, Heading)), default=top)
    template = environment().get_template("blocks.html")
    return Markup(template.module.blocks(blocks, top - highest))  # type: ignore[attr-defined]  # noqa: S704 – escaped there


def document(title: str, subtitle: str, blocks: list[Block]) -> Document:
    """Blocks as a document of their own, for PDF; a leading heading that repeats the title is left out."""
    if blocks and isinstance(blocks[0], Heading) and blocks[0].text == title:
        blocks = blocks[1:]
    return Document(title, subtitle, blocks)
