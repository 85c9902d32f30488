"""What time took: addresses by year and fate, and what is held against what is dead or removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from portraitset.report.canvas import (
    FAILED,
    GONE,
    HELD,
    INK,
    REFUSED,
    REMOVED,
    UNASKED,
    Plot,
    draw,
)
from portraitset.report.plots import Values, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FATES = {
    "held": HELD,
    "gone": GONE,
    "refused": REFUSED,
    "failed": FAILED,
    "removed": REMOVED,
    "not asked": UNASKED,
}
_GROUPS = {"available": HELD, "dead": GONE, "removed": REMOVED}
FEWEST = 5
"""Faces that a group needs for a curve of its own; fewer are told in words."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Faces that share a fate, as the manifest alone describes them.

    Attributes:
        name: "available", "dead" or "removed".
        faces: how many there are, also those of which no more is told.
        years: of upload, float64 (n,); NaN where the address does not tell.
        sizes: the face's side in the picture that the landmarks belong to, float64 (n,).
        tilts: roll in degrees, absolute, float64 (n,).
    """

    name: str
    faces: int
    years: Values
    sizes: Values
    tilts: Values


def years_plot(years: Mapping[str, Mapping[str, int]]) -> Plot:
    """Photos by year of upload and fate, as `link_rot` counts them."""
    totals = {year: sum(fates.values()) for year, fates in years.items()}
    count = sum(totals.values())
    gone = sum(fates.get("gone", 0) for fates in years.values())
    busiest = max(totals, key=lambda year: totals[year])
    finding = (
        f"{gone:,} of {count:,} addresses are gone ({percent(gone / count if count else 0)})."
        f" Most pictures, {totals[busiest]:,}, were uploaded in"
        f" {'a year that the address does not tell' if busiest == 'unknown' else busiest}."
    )

    def on(figure: "Figure") -> None:
        axes = figure.subplots()
        floor = np.zeros(len(years))
        for fate, colour in _FATES.items():
            heights = np.array([fates.get(fate, 0) for fates in years.values()], dtype=float)
            if heights.any():
                axes.bar(range(len(years)), heights, 0.72, floor, color=colour, label=fate)
                floor += heights
        axes.set_xticks(range(len(years)), list(years))
        axes.set_xlim(-0.8, max(len(years), 4) - 0.2)
        axes.set_ylabel("pictures")
        _count_axis(axes)
        figure.legend(
            loc="outside upper left", ncols=6, frameon=False, handlelength=0.9, handleheight=0.9,
            columnspacing=1.4, labelcolor=INK,
        )  # fmt: skip

    return Plot("years", "Year of upload, and what became of it", finding, draw("years", on))


def survival_plot(groups: Sequence[Fate]) -> Plot | None:
    """What is held against what is not, by all that the manifest alone tells.

    The pictures themselves are lost, so that only year, size and tilt can be compared. None where
    too little is there, or too little is lost, for a curve.
    """
    known = {group.name: group for group in groups}
    shown = [group for group in groups if len(group.sizes) >= FEWEST]
    if "available" not in known or not len(known["available"].sizes) or len(shown) < 2:
        return None

    def on(figure: "Figure") -> None:
        first, second, third = figure.subplots(1, 3)
        for group in shown:
            colour = _GROUPS[group.name]
            _years_of(first, group, colour)
            _curve(second, group.sizes, colour, group.name)
            _curve(third, group.tilts, colour, group.name)
        first.set_xlabel("year of upload")
        first.set_ylabel("share of the group")
        second.set_xscale("log", base=2)
        second.set_xlabel("side of the face, pixels, up to …")
        third.set_xlabel("tilt, degrees, up to …")
        for axes in (second, third):
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        for axes in (first, second, third):
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        handles, labels = second.get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside upper left", ncols=3, frameon=False, labelcolor=INK
        )

    title = "Available, dead, removed: what is lost, compared"
    return Plot("survival", title, _finding(known), draw("survival", on, wide=True), wide=True)


def _finding(groups: Mapping[str, Fate]) -> str:
    here = groups["available"]
    parts = [f"{here.faces:,} faces are available, at a median side of {_middle(here)}"]
    for name in ("dead", "removed"):
        if group := groups.get(name):
            size = f", at {_middle(group)}" if len(group.sizes) else ""
            parts.append(f"{group.faces:,} are {name}{size}")
    few = any(len(group.sizes) < FEWEST for group in groups.values())
    note = f" A group of fewer than {FEWEST} has no curve." if few else ""
    return "; ".join(parts) + f".{note} The closer the curves, the less was lost but number."


def _middle(group: Fate) -> str:
    return f"{np.median(group.sizes):,.0f} pixels"


def _years_of(axes: "Axes", group: Fate, colour: str) -> None:
    from matplotlib.ticker import MaxNLocator

    years, counts = np.unique(group.years[~np.isnan(group.years)], return_counts=True)
    if len(years):
        axes.plot(years, counts / counts.sum(), color=colour, marker="o", markersize=3, lw=1.6)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))


def _curve(axes: "Axes", values: Values, colour: str, name: str) -> None:
    """The share of values up to each value; at most 200 steps."""
    levels = np.linspace(0, 1, min(len(values), 200) + 1)
    axes.step(np.quantile(values, levels), levels, color=colour, lw=1.6, label=name, where="post")


def _count_axis(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
