"""The body from the front, with the places that sarcoma can spread to as numbered marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sarcoma.evidence import library
from sarcoma.report.drawn.analyst_curves import environment
from sarcoma.report.drawn.frequency import Table
from sarcoma.report.drawn.lettering import LEADING, lines, spread
from sarcoma.wording.language import _

_WIDTH, _MIDDLE, _TOP, _LABELS = 360, 89, 6, 184

# Where the mark of each site stands, from the middle of the body (its left side is on the right) and from the top.
_SPOTS: dict[str, tuple[float, float]] = {
    "brain": (0, 24),
    "lymph-node": (9, 76),
    "lung": (21, 116),
    "pleura": (-29, 132),
    "liver": (-17, 170),
    "other-viscera": (21, 158),
    "peritoneum": (0, 208),
    "bone": (26, 276),
    "soft-tissue": (27, 350),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A site: its id in the evidence, its name in plain words, whether sarcoma is there, and where its name leads."""

    id: str
    label: str
    present: bool = False
    href: str | None = None

    def __post_init__(self) -> None:
        if self.id not in _SPOTS:
            raise ValueError(f"no place on the body for {self.id!r}; there is one for {', '.join(_SPOTS)}")


@dataclass(frozen=True, slots=True)
class BodyMap:
    """Places on the body, numbered from 1 in the order given.

    title: what the picture is about, one line. found: what `present` means, in words.
    """

    title: str
    places: tuple[Place, ...]
    found: str = ""

    def __post_init__(self) -> None:
        if not self.places or len({p.id for p in self.places}) != len(self.places):
            raise ValueError("a map shows at least one place, and each place once")

    @classmethod
    def of(
        cls,
        title: str,
        sites: Iterable[str] | None = None,
        *,
        present: Iterable[str] = (),
        link: Callable[[str], str | None] = lambda _site: None,
        found: str = "",
    ) -> BodyMap:
        """Sites of the evidence by their ids, in its order (None: all that have a place on the body)."""
        wanted, there = None if sites is None else set(sites), set(present)
        return cls(
            title,
            tuple(
                Place(site.id, _(site.plain_name), site.id in there, link(site.id))
                for site in library().sites.values()
                if site.id in _SPOTS and (wanted is None or site.id in wanted)
            ),
            found,
        )

    def meaning(self) -> str:
        return self.found or _("sarcoma has been found here")

    def description(self) -> str:
        """Which places are marked, and at which sarcoma has been found."""
        text = _("A body from the front with %(n)s places marked: %(places)s.") % {
            "n": len(self.places),
            "places": "; ".join(f"{i} {p.label}" for i, p in enumerate(self.places, 1)),
        }
        there = [p.label for p in self.places if p.present]
        return text + (f" {self.meaning()[:1].upper()}{self.meaning()[1:]}: {'; '.join(there)}." if there else "")

    def table(self) -> Table:
        """The same as a table: number and place, and whether sarcoma is there if it is anywhere."""
        there = any(p.present for p in self.places)
        head = [_("Number"), _("Place"), *([self.meaning()] if there else [])]
        yes = {True: _("yes"), False: "–"}
        rows = [[str(i), p.label, *([yes[p.present]] if there else [])] for i, p in enumerate(self.places, 1)]
        return head, rows


def body_map_svg(body: BodyMap, name: str) -> str:
    """The body as SVG; `name` makes its ids unique on the page.

    With links it is a group, because what is inside an image cannot be reached.
    """
    placed = sorted(enumerate(body.places, 1), key=lambda p: _SPOTS[p[1].id][1])
    texts = [lines(p.label, _WIDTH - _LABELS - 20, bold=p.present) for _n, p in placed]
    heights = [LEADING * len(t) + 15 for t in texts]
    middles = spread([_TOP + _SPOTS[p.id][1] for _n, p in placed], heights, 2, max(438.0, sum(heights) + 2))
    shown: list[dict[str, Any]] = []
    for (n, place), text, height, middle in zip(placed, texts, heights, middles, strict=True):
        x, y = _MIDDLE + _SPOTS[place.id][0], _TOP + _SPOTS[place.id][1]
        first = middle - LEADING * (len(text) - 1) / 2 + 5
        said = f"{n} {place.label}" + (f" ({body.meaning()})" if place.present else "")
        shown.append(
            {
                "n": n, "place": place, "x": x, "y": y, "middle": middle, "height": height, "said": said,
                "lines": [(round(first + LEADING * i, 1), line) for i, line in enumerate(text)],
            }
        )  # fmt: skip
    y = max(450.0, middles[-1] + heights[-1] / 2 + 8)
    note = lines(body.meaning(), 300) if any(p.present for p in body.places) else []
    legend = [(y + 20 + LEADING * i, line) for i, line in enumerate(note)]
    svg: str = (
        environment()
        .get_template("drawn/body_map.svg")
        .render(
            name=name,
            title=body.title,
            description=body.description(),
            role="group" if any(p.href for p in body.places) else "img",
            outline=outline(),
            places=shown,
            middle=_MIDDLE,
            top=_TOP,
            labels=_LABELS,
            legend=legend,
            size=(_WIDTH, round(legend[-1][0] + 8 if legend else y, 1)),
        )
    )
    return svg


# The left half of the body (on the right of the picture), from the top of the head round to the fork: cubic curves as
# (first handle, second handle, end), from the middle and from the top.
_HALF = (
    ((13, 0), (21.5, 10), (21.5, 26)),  # crown
    ((21.5, 38), (18, 47), (11.5, 54)),  # cheek and jaw
    ((10.5, 60), (10.5, 65), (11.5, 69)),  # neck
    ((14, 77), (30, 79), (43, 83)),  # the line to the shoulder
    ((56, 87), (61, 99), (62, 116)),  # shoulder
    ((63, 136), (68, 152), (70, 172)),  # upper arm
    ((73, 194), (77, 212), (79, 230)),  # forearm
    ((83, 240), (85, 254), (81, 263)),  # back of the hand
    ((77, 267), (71, 262), (70, 253)),  # fingers
    ((69, 246), (68, 240), (67, 232)),  # palm and wrist
    ((62, 212), (57, 194), (55, 174)),  # inner forearm
    ((52, 154), (48, 140), (45, 126)),  # inner upper arm, to the armpit
    ((44.5, 148), (39, 160), (39, 178)),  # chest and waist
    ((39, 194), (44, 206), (46, 222)),  # hip
    ((48.5, 250), (44, 280), (40, 306)),  # thigh
    ((38.5, 322), (42, 336), (39.5, 356)),  # knee and calf
    ((36.5, 378), (31, 394), (30, 409)),  # shin
    ((30, 417), (37, 424), (36, 431)),  # outer foot
    ((31, 435), (17, 435), (13, 431)),  # toes
    ((11.5, 424), (14.5, 416), (14, 408)),  # inner foot
    ((11, 386), (8, 366), (11, 346)),  # inner calf
    ((13, 332), (12, 318), (10, 304)),  # inner knee
    ((8, 280), (4, 256), (0, 242)),  # inner thigh
)


@cache
def outline() -> str:
    """The outline of a body as a closed path, symmetric about x = 0."""
    forth = "".join(f"C{a:g} {b:g} {c:g} {d:g} {x:g} {y:g}" for (a, b), (c, d), (x, y) in _HALF)
    back = []
    starts = [(0.0, 0.0), *(end for _one, _two, end in _HALF[:-1])]
    for ((a, b), (c, d), _end), (x, y) in zip(reversed(_HALF), reversed(starts), strict=True):
        back.append(f"C{-c:g} {d:g} {-a:g} {b:g} {-x:g} {y:g}")
    return f"M0 0{forth}{''.join(back)}Z"
