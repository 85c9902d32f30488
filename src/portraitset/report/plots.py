"""What the faces that are held look like, in plots; each says in words what is to be seen.

All arrays are float64 (n,), one value for each face.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from portraitset.report.canvas import CARD, DIM, INK, MAIN, SOFT, Plot, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Values = npt.NDArray[np.float64]

_MOST_BINS = 40
_FEW = 1000
"""Faces up to which each gets a dot of its own."""
_HUES = 36
_LIGHT = (0.42, 0.66, 1.01)
"""Upper bounds of what counts as dark, middle and light in OKLab's lightness."""
_GREY = 0.03
"""OKLab's chroma below which a colour counts as grey."""


def native_size_plot(sizes: Values, output: int) -> Plot:
    """How large faces are in their originals, in pixels, against the crops' side."""
    enlarged = float((sizes < output).mean())
    finding = (
        f"Half of the faces are {np.median(sizes):,.0f} pixels or more on a side in their"
        f" originals. {percent(enlarged)} are smaller than the crop's {output:,} and were enlarged"
        " to it: their crops hold less detail than they have pixels."
    )

    def on(figure: "Figure") -> None:
        edges = np.geomspace(
            max(sizes.min() / 1.3, 8), max(sizes.max(), output) * 1.3, _bins(sizes) + 1
        )
        axes = _histogram(figure, sizes, edges, "side of the face in its original, pixels")
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.xaxis.set_minor_formatter("")
        axes.axvspan(edges[0], output, color=SOFT, alpha=0.18, linewidth=0, zorder=0)
        axes.set_xlim(edges[0], edges[-1])
        _mark(axes, output, f"crop: {output:,}")

    return Plot("size", "Size in the original", finding, draw("size", on))


def padding_plot(fractions: Values) -> Plot:
    """How much of each crop is not picture but padding."""
    padded, heavily = float((fractions > 0).mean()), float((fractions > 0.1).mean())
    finding = (
        f"{percent(1 - padded)} of the crops lie wholly within their pictures."
        f" {percent(heavily)} are padding for more than a tenth of their area"
        f"; the most is {percent(float(fractions.max()))}."
    )

    def on(figure: "Figure") -> None:
        edges = np.linspace(0, max(float(fractions.max()), 0.1), _bins(fractions) + 1)
        axes = _histogram(figure, fractions[fractions > 0], edges, "share of the crop, if any")
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")

    return Plot("padding", "Padding", finding, draw("padding", on))


def pose_plot(roll: Values, yaw: Values) -> Plot:
    """How heads are tilted and turned: degrees, and the proxy of -1 to 1."""
    upright = float((np.abs(roll) <= 10).mean())
    left, right = (percent(float((side > 0.1).mean())) for side in (-yaw, yaw))
    finding = (
        f"{percent(upright)} of the heads are tilted by ten degrees or less, which the alignment"
        f" undoes. The mouth stands clearly to the left of the eyes in {left} and to the right in"
        f" {right}: turned, or drawn askew."
    )

    def on(figure: "Figure") -> None:
        axes = figure.subplots()
        tilt, turn = max(float(np.abs(roll).max()), 20.0), max(float(np.abs(yaw).max()), 0.3)
        tilt, turn = min(tilt, 90.0) * 1.05, turn * 1.05
        axes.set_xlim(-turn, turn)
        axes.set_ylim(-tilt, tilt)
        axes.set_xlabel("turn: where the mouth stands, left to right of the eyes")
        axes.set_ylabel("tilt, degrees")
        if len(roll) <= _FEW:
            axes.scatter(yaw, roll, 14, color=MAIN, alpha=0.55, linewidths=0)
            return
        counts, across, down = np.histogram2d(
            np.clip(yaw, -turn, turn), np.clip(roll, -tilt, tilt), bins=(46, 27),
            range=((-turn, turn), (-tilt, tilt)),
        )  # fmt: skip
        strength = np.sqrt(counts / counts.max())
        for column, row in zip(*np.nonzero(counts), strict=True):
            left, low = across[column], down[row]
            size = across[column + 1] - left, down[row + 1] - low
            level = round(0.18 + 0.82 * float(strength[column, row]), 2)
            axes.bar(left, size[1], size[0], low, align="edge", color=MAIN, alpha=level)

    return Plot("pose", "Tilt and turn", finding, draw("pose", on))


def sharpness_plot(sharpness: Values) -> Plot:
    """How sharp the faces are at their native size: 0 for flat, 1 for noise."""
    low, middle, high = np.quantile(sharpness, (0.1, 0.5, 0.9))
    finding = (
        f"The middle face has a sharpness of {middle:.3g}, a tenth have less than {low:.3g}, a"
        f" tenth more than {high:.3g}. Soft is often a manner of painting, not a fault."
    )

    def on(figure: "Figure") -> None:
        from matplotlib.ticker import LogLocator

        floor = np.maximum(sharpness, 1e-5)
        edges = np.geomspace(floor.min() / 1.1, max(floor.max(), 1e-4) * 1.1, _bins(floor) + 1)
        axes = _histogram(figure, floor, edges, "soft  ·  sharpness at native size  ·  crisp")
        axes.set_xscale("log")
        steps = (1.0, 2.0, 5.0) if edges[-1] < 300 * edges[0] else (1.0,)  # else they overlap
        axes.xaxis.set_major_locator(LogLocator(subs=steps))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter("")
        _mark(axes, float(middle), "median")

    return Plot("sharpness", "Sharpness", finding, draw("sharpness", on))


def tones_plot(brightness: Values, contrast: Values, colourfulness: Values) -> Plot:
    """How light, how contrasted and how colourful the faces are."""
    dark, light = float((brightness < 0.25).mean()), float((brightness > 0.75).mean())
    grey = float((colourfulness < 10).mean())
    finding = (
        f"{percent(dark)} of the faces are dark (mean below a quarter), {percent(light)} are light"
        f" (above three quarters), and {percent(grey)} are nearly grey. That is style: none was"
        " left out for it."
    )
    panels: list[tuple[Values, float, str, Callable[[float, object], str]]] = [
        (brightness, 1.0, "dark  ·  brightness  ·  light", _as_share),
        (contrast, 0.5, "flat  ·  contrast  ·  strong", _as_share),
        (colourfulness, max(110.0, float(colourfulness.max())), "grey  ·  colourfulness", _plain),
    ]

    def on(figure: "Figure") -> None:
        spots = figure.subplots(1, 3)
        for axes, (values, top, words, written) in zip(spots, panels, strict=True):
            _steps(axes, values, np.linspace(0, top, _bins(values) + 1), words)
            axes.xaxis.set_major_formatter(written)
            _mark(axes, float(np.median(values)), "median")

    return Plot("tones", "Light and colour", finding, draw("tones", on, wide=True), wide=True)


def palette_plot(colours: Sequence[str], shares: Values) -> Plot:
    """The colours of all faces together, each as wide and high as it is frequent.

    Args:
        colours: `#rrggbb`, any number for each face.
        shares: float64 (len(colours),): how much of its face each stands for.
    """
    rgb = np.array([[int(text[at : at + 2], 16) for at in (1, 3, 5)] for text in colours])
    lightness, chroma, hue = _oklch(rgb / 255)
    columns = np.where(chroma < _GREY, _HUES, (hue * _HUES).astype(int) % _HUES)
    rows = np.digitize(lightness, _LIGHT)
    total = float(shares.sum())
    warm = float(shares[(columns < _HUES) & ((hue < 0.33) | (hue > 0.95))].sum()) / total
    grey = float(shares[columns == _HUES].sum()) / total
    finding = (
        f"{percent(warm)} of the painted area is red, orange or yellow, {percent(grey)} is nearly"
        " grey. Each block is the mean of similar colours, as large as their share of all faces."
    )

    def on(figure: "Figure") -> None:
        axes = figure.subplots()
        left = 0.0
        for column in range(_HUES + 1):
            width = float(shares[columns == column].sum()) / total
            low = 0.0
            for row in range(len(_LIGHT)) if width else ():
                chosen = (columns == column) & (rows == row)
                if not (weight := float(shares[chosen].sum())):
                    continue
                height = weight / total / width
                mean = np.average(rgb[chosen], axis=0, weights=shares[chosen]).round().astype(int)
                colour = "#{:02x}{:02x}{:02x}".format(*mean.tolist())
                axes.bar(left, height, width, low, align="edge", color=colour, linewidth=0)
                low += height
            left += width
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)

    return Plot("palette", "Palette", finding, draw("palette", on, wide=True), wide=True)


def concentration_plot(counts: Values, gini: float, effective: float) -> Plot:
    """How pictures spread over candidate artists: a Lorenz curve.

    Args:
        counts: pictures of each artist.
        gini: 0 when all have as many, towards 1 when one has them all.
        effective: so many artists with equal shares would be as concentrated.
    """
    ordered = np.sort(counts)
    people = np.linspace(0, 1, len(ordered) + 1)
    held = np.concatenate([[0.0], np.cumsum(ordered) / ordered.sum()])
    tenth = max(round(len(ordered) / 10), 1)
    top = float(ordered[-tenth:].sum() / ordered.sum())
    finding = (
        f"The busiest tenth of {len(ordered):,} candidate artists made {percent(top)} of the"
        f" pictures, which are spread as if {effective:,.0f} artists had made as many each (Gini"
        f" {gini:.2f}). Artists are guessed from addresses: candidates, never proof."
    )

    def on(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=DIM, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.fill_between(people, held, people, color=MAIN, alpha=0.16, linewidth=0)
        axes.plot(people, held, color=MAIN, linewidth=1.6)
        axes.text(0.47, 0.53, "all alike", color=DIM, ha="right")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_as_share)
        axes.set_xlabel("share of artists, the least busy first")
        axes.set_ylabel("share of pictures")

    return Plot("artists", "Pictures by candidate artist", finding, draw("artists", on))


def compression_plot(qualities: Values, count: int) -> Plot:
    """How hard JPEG originals were compressed: libjpeg's quality; of so many faces in all."""
    hard = float((qualities < 75).mean())
    finding = (
        f"{percent(len(qualities) / count)} of the faces come from JPEG files, of a median quality"
        f" of {np.median(qualities):.0f}; {percent(hard)} of these were saved below 75."
    )

    def on(figure: "Figure") -> None:
        low = min(float(qualities.min()) // 5 * 5, 60.0)
        _histogram(figure, qualities, np.arange(low, 101.5) - 0.5, "quality as libjpeg counts it")

    return Plot("compression", "Compression", finding, draw("compression", on))


def _bins(values: Values) -> int:
    """So many bins that a few faces make no comb and many no blur."""
    return int(np.clip(3 * np.sqrt(len(values)), 10, _MOST_BINS))


def _histogram(figure: "Figure", values: Values, edges: Values, words: str) -> "Axes":
    axes = figure.subplots()
    _steps(axes, values, edges, words)
    axes.set_ylabel("faces")
    return axes


def _steps(axes: "Axes", values: Values, edges: Values, words: str) -> None:
    from matplotlib.ticker import MaxNLocator

    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    axes.stairs(counts, edges, fill=True, color=MAIN)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, max(int(counts.max()), 1) * 1.14)
    axes.set_xlabel(words)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _mark(axes: "Axes", at: float, words: str) -> None:
    """A thin line with its name at the top."""
    axes.axvline(at, color=INK, linewidth=0.9)
    left = axes.transData.transform((at, 0))[0] > axes.transAxes.transform((0.7, 0))[0]
    axes.annotate(
        words,
        (at, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if left else 4, -1),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        color=INK,
        bbox={"facecolor": CARD, "edgecolor": "none", "alpha": 0.75, "pad": 1.2},
    )


def percent(share: float) -> str:
    """A share in words: never 0 % or 100 % where it is not all or none."""
    if 0 < share < 0.01:
        return "under 1\N{NO-BREAK SPACE}%"
    if 0.99 < share < 1:
        return "over 99\N{NO-BREAK SPACE}%"
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def _as_share(value: float, _: object) -> str:
    return f"{100 * value:.0f} %"


def _plain(value: float, _: object) -> str:
    return f"{value:g}"


def _oklch(rgb: Values) -> tuple[Values, Values, Values]:
    """Lightness 0 to 1, chroma and hue 0 to 1 of sRGB colours, float64 (n, 3) of 0 to 1.

    Source: Björn Ottosson, "A perceptual color space for image processing", 2020.
    """
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    lightness, a, b = (np.cbrt(linear @ to_cones.T) @ to_lab.T).T
    return lightness, np.hypot(a, b), np.mod(np.arctan2(b, a) / (2 * np.pi), 1.0)
