"""What a build would take, printed."""

from typing import Any

from rich.table import Table

from portraitset.cli.choices import (
    choices,
)
from portraitset.cli.console import (
    out,
    plain,
    print_json,
)
from portraitset.download.site_policy import SitePolicy
from portraitset.pipeline.forecast import Forecast, forecast_build
from portraitset.pipeline.space import in_words

_MOST_HOSTS = 20


def plan(manifest: str, **flags: Any) -> int:
    """Do what `plan` is asked for; its exit code."""
    chosen = choices(flags)
    forecast = forecast_build(manifest, chosen.folders, chosen.recipe)
    if chosen.as_json:
        print_json(_forecast_json(forecast))
        return 0
    out.print(_host_table(forecast))
    out.print()
    out.print(_need_table(forecast, chosen.recipe.download.rate))
    if forecast.need.total > forecast.free:
        out.print("That does not fit: make room, or choose another workspace with -w.", style="red")
    return 0


def _host_table(forecast: Forecast) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("host")
    table.add_column("requests", justify="right")
    table.add_column("robots.txt and tdmrep.json say")
    policies = {policy.host: policy for policy in forecast.policies}
    ranked = sorted(forecast.hosts.items(), key=lambda pair: (-pair[1], pair[0]))
    for host, count in ranked[:_MOST_HOSTS]:
        table.add_row(plain(host), f"{count:,}", _site_verdict(policies.get(host)))
    if len(ranked) > _MOST_HOSTS:
        rest = sum(count for _, count in ranked[_MOST_HOSTS:])
        table.add_row(f"{len(ranked) - _MOST_HOSTS:,} more", f"{rest:,}")
    table.add_section()
    table.add_row("all", f"{sum(forecast.hosts.values()):,}")
    return table


def _site_verdict(policy: SitePolicy | None) -> str:
    if policy is None:
        return "unknown"
    share = f" ({policy.refused:,})" if policy.verdict == "partly refused" else ""
    return plain(f"{policy.verdict}{share}" + (f": {policy.detail}" if policy.detail else ""))


def _need_table(forecast: Forecast, rate: float) -> Table:
    need = forecast.need
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("crops to cut", f"{forecast.plan.crops:,}")
    if forecast.invalid:
        table.add_row("invalid entries", f"{forecast.invalid:,} (status will list them)")
    table.add_row(
        "disk space",
        f"about {in_words(need.total)} (originals {in_words(need.originals)},"
        f" crops {in_words(need.crops)}); {in_words(forecast.free)} free",
    )
    table.add_row(
        "asking",
        f"about {_duration(forecast.asking_seconds)}"
        f" at {rate:g} requests a second for each operator ({len(forecast.operators):,} here);"
        " longer where answers take more than 0.1 s or a line is slow",
    )
    table.add_row("cutting", f"about {_duration(forecast.cutting_seconds)}, meanwhile")
    return table


def _duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def _forecast_json(forecast: Forecast) -> dict[str, object]:
    return {
        "photos_due": len(forecast.plan.due),
        "requests": len(forecast.plan.fetches),
        "crops": forecast.plan.crops,
        "invalid": forecast.invalid,
        "hosts": dict(forecast.hosts),
        "operators": dict(forecast.operators),
        "opt_outs": {
            policy.host: {
                "verdict": policy.verdict,
                "refused": policy.refused,
                "detail": policy.detail,
            }
            for policy in forecast.policies
        },
        "bytes_needed": forecast.need.total,
        "bytes_free": forecast.free,
        "asking_seconds": forecast.asking_seconds,
        "cutting_seconds": forecast.cutting_seconds,
    }
