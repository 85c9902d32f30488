"""What downloading cost, for a reader: a table and a picture."""

from collections.abc import Mapping
from dataclasses import dataclass

from portraitset.bench.figures import bar_chart, markdown_table
from portraitset.bench.process_cost import Cost


@dataclass(frozen=True, slots=True)
class Result:
    """One contestant at one batch; the least of the rounds, each figure for itself."""

    batch: str
    contestant: str
    count: int
    megabytes: float
    cost: Cost

    @property
    def rate(self) -> float:
        """Pictures per second."""
        return self.count / self.cost.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU-seconds per thousand pictures."""
        return self.cost.cpu / self.count * 1e3


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """All that was measured, on what, and what could not be."""

    machine: str
    cores: int
    versions: Mapping[str, str]
    rounds: int
    results: tuple[Result, ...]
    remarks: tuple[str, ...]

    def as_markdown(self) -> str:
        """The table for a reader."""
        about = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        head = (
            "files",
            "by",
            "pictures/s",
            "MB/s",
            "CPU-s per 1,000",
            "peak, MB",
        )
        rows = [
            (
                f"{result.count:,} of {result.batch}",
                result.contestant,
                f"{result.rate:,.0f}",
                f"{result.megabytes / result.cost.seconds:.1f}",
                f"{result.cpu_per_thousand:.2f}",
                f"{result.cost.peak_megabytes:.0f}",
            )
            for result in self.results
        ]
        title = f"{self.machine}, {self.cores} cores; {about}; best of {self.rounds}"
        return "\n\n".join([title, markdown_table(head, rows), *self.remarks])

    def as_svg(self) -> str:
        """A bar for each contestant and batch: pictures per second against the slowest's."""
        bars = []
        for batch in dict.fromkeys(result.batch for result in self.results):
            found = [result for result in self.results if result.batch == batch]
            slowest = min(result.rate for result in found)
            bars += [(f"{batch}, {each.contestant}", each.rate / slowest) for each in found]
        return bar_chart("Pictures per second, times the slowest", bars)
