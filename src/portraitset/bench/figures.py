"""Tables and plots of measurements, as text. Pure."""

from collections.abc import Sequence
from html import escape

WIDTH, BAR, GAP, LABELS = 760, 18, 8, 220


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns lined up; all but the first two to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        fitted = (
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(fitted)} |"

    rule = [
        "-" * width if column < 2 else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def bar_chart(title: str, bars: Sequence[tuple[str, float]]) -> str:
    """An SVG of horizontal bars, each with its label and its value; legible on dark and light."""
    longest = max(value for _, value in bars)
    height = 40 + len(bars) * (BAR + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"',
        f' role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="22" font-size="15">{escape(title)}</text>',
    ]
    for index, (label, value) in enumerate(bars):
        top = 36 + index * (BAR + GAP)
        length = max(value / longest * (WIDTH - LABELS - 70), 1)
        parts += [
            f'<text x="{LABELS - 8}" y="{top + 14}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LABELS}" y="{top}" width="{length:.1f}" height="{BAR}" fill="#37648c"/>',
            f'<text x="{LABELS + length + 6:.1f}" y="{top + 14}">{value:.1f}x</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
