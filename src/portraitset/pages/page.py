"""One HTML file that needs nothing else: styles, script and data inside, no network allowed. Pure.

Every text of a manifest is a stranger's. Templates escape by themselves, data travel as JSON in
which no `<` is left, and the page's own policy lets no script run but the one that is built in.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from portraitset.identity import SOFTWARE


@dataclass(frozen=True, slots=True)
class PageSource:
    """Where a page's parts lie: `NAME.html`, `NAME.css` and `NAME.js` in one package.

    Attributes:
        package: such as "portraitset.release".
        name: such as "owner_page".
        images: where pictures may come from, as the policy's `img-src`.
    """

    package: str
    name: str
    images: str = "data:"


def render_page(
    source: PageSource, context: Mapping[str, object], data: Mapping[str, object]
) -> bytes:
    """Render a template as a complete HTML page, UTF-8.

    Args:
        source: its template, style and script.
        context: what the template fills in, escaped.
        data: what the script finds as JSON in the element `data`, by key.
    """
    environment = _environment(source.package)
    style = _text(environment, f"{source.name}.css")
    script = _text(environment, f"{source.name}.js")
    template: Template = environment.get_template(f"{source.name}.html")
    text = template.render(
        **context,
        generator=SOFTWARE,
        policy=_policy(style, script, source.images),
        style=Markup(style),  # noqa: S704 our own files, not a stranger's text
        script=Markup(script),  # noqa: S704
        data=Markup(_json(data)),  # noqa: S704 no "<" is left in it
    )
    return text.encode("utf-8", errors="backslashreplace")


@cache
def _environment(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _text(environment: Environment, name: str) -> str:
    if environment.loader is None:
        raise RuntimeError("an environment of ours has a loader")
    return environment.loader.get_source(environment, name)[0]


def _policy(style: str, script: str, images: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)};"
        f" img-src {images}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _json(data: Mapping[str, object]) -> str:
    """ASCII JSON that no HTML parser takes for markup (HTML, 4.12.1.3: a `<` may end a script)."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")
