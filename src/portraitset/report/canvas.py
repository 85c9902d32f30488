"""Plots as SVG that takes its colours, its font and its size from the page that it stands in.

matplotlib draws with stand-ins for the page's colours; what it writes is then rid of its own
styles, which the page's policy would not allow, and of everything else that no reader sees.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from portraitset.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Stand-ins: colours that no picture will ever have been given on purpose.
INK, DIM, LINE, CARD = "#010203", "#040506", "#070809", "#0a0b0c"
MAIN, SOFT = "#0d0e0f", "#101112"
HELD, GONE, REFUSED, FAILED, UNASKED, REMOVED = (
    "#131415",
    "#161718",
    "#191a1b",
    "#1c1d1e",
    "#1f2021",
    "#222324",
)
_NAMES = {
    INK: "ink",
    DIM: "dim",
    LINE: "line",
    CARD: "card",
    MAIN: "main",
    SOFT: "soft-main",
    HELD: "held",
    GONE: "gone",
    REFUSED: "refused",
    FAILED: "failed",
    UNASKED: "unasked",
    REMOVED: "removed",
}
_KEPT = frozenset(
    [
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "fill-opacity",
        "opacity",
        "text-anchor",
    ]
)
_SVG = "http://www.w3.org/2000/svg"
_LINK = "http://www.w3.org/1999/xlink"
_RATIO = re.compile(r"(-?\d+\.\d{2})\d+")
_FONT = re.compile(r"(?:(\d+)\s+)?([\d.]+)px")
_SETTINGS = {
    "svg.fonttype": "none",
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": DIM,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": DIM,
    "ytick.labelcolor": DIM,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture of numbers.

    Attributes:
        key: its name within the page.
        title: what it shows, a few words.
        finding: what is to be seen on it, in sentences with numbers: also its alternative text.
        svg: the drawing; it names nobody.
        wide: whether it takes the page's whole width.
    """

    key: str
    title: str
    finding: str
    svg: str
    wide: bool = False


def draw(key: str, draw_on: Callable[["Figure"], None], wide: bool = False) -> str:
    """The SVG of a figure that `draw_on` fills; equal drawings make equal text.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise InputError(
            "a report's plots need matplotlib: pip install 'portraitset[report]'"
        ) from error
    buffer = io.BytesIO()
    settings: Any = {**_SETTINGS, "svg.hashsalt": key}  # the salt makes ids the plot's own
    with mpl.rc_context(settings):
        figure = Figure(figsize=(9.4 if wide else 4.6, 2.7), layout="constrained")
        FigureCanvasSVG(figure)
        draw_on(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return themed(buffer.getvalue(), key)


def themed(svg: bytes, key: str) -> str:
    """matplotlib's SVG in the page's colours: no styles, no metadata, no size of its own. Pure."""
    root = ET.fromstring(svg)  # noqa: S314 matplotlib wrote it, from our figures
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _restyle(element)
        for name, value in element.attrib.items():  # of texts, each digit is meant to be read
            element.set(name, _RATIO.sub(r"\1", value))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"plot-{key}")
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK)
    return ET.tostring(root, encoding="unicode")


def _restyle(element: ET.Element) -> None:
    """An element's style as attributes, as far as it is to be kept."""
    style = element.attrib.pop("style", "")
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (word.strip() for word in declaration.partition(":"))
        if name == "font" and (found := _FONT.search(value)):
            element.set("font-size", found[2])
            if found[1]:
                element.set("font-weight", found[1])
        elif name == "font-size":
            element.set(name, value.removesuffix("px"))
        elif name in _KEPT:
            element.set(name, f"var(--{_NAMES[value]})" if value in _NAMES else value)
    if element.attrib.get("id", "").split("_")[0] in ("text", "patch", "line2d", "axes", "figure"):
        del element.attrib["id"]  # many plots stand on one page; only what is referred to has one
