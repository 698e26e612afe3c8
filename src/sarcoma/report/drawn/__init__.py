"""Pictures that people read: 100 people, a curve with its band, the course ahead, the body.

Each is a frozen dataclass of what is drawn, a function that gives it as SVG, and `table()`, the same in words, which
stands beneath. `standalone` gives a picture for the printed page, in greys.
"""

from sarcoma.report.drawn.body_map import BodyMap, Place, body_map_svg
from sarcoma.report.drawn.icon_array import IconArray, IconRange, icon_array_svg
from sarcoma.report.drawn.model_dots import Dot, DotGroup, dot_svg, free_of
from sarcoma.report.drawn.occupancy import Occupancy, occupancy_svg
from sarcoma.report.drawn.range_bar import RangeBar, range_bar_svg
from sarcoma.report.drawn.standalone import standalone
from sarcoma.report.drawn.survival_band import SurvivalBand, survival_band_svg

__all__ = [
    "BodyMap",
    "Dot",
    "DotGroup",
    "IconArray",
    "IconRange",
    "Occupancy",
    "Place",
    "RangeBar",
    "SurvivalBand",
    "body_map_svg",
    "dot_svg",
    "free_of",
    "icon_array_svg",
    "occupancy_svg",
    "range_bar_svg",
    "standalone",
    "survival_band_svg",
]
