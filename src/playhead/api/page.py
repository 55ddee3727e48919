"""
The page of the OpenAPI document: readable HTML made on the server.

Law: it loads one style sheet, from here, and no script: it works under the strictest content security policy and
without a network.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from playhead.api.problems import KINDS
from playhead.wire.refusals import BARE, GATEWAY, MEDIA, REASONS, WHEN, Refusal

METHODS = ("get", "post", "put", "patch", "delete")

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#0b57d0, #8ab4f8); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
a { color: var(--accent); }
h1 { margin-bottom: 0; }
h2 { margin-top: 2.5rem; text-transform: capitalize; border-bottom: 1px solid var(--line); }
section { margin: 1.5rem 0; }
h3 { font-size: 1.05rem; margin: 0; }
h3 code { font-size: 1rem; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; color: var(--accent); text-transform: uppercase; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line); }
code { font-family: ui-monospace, monospace; background: var(--soft); padding: 0 .25em; border-radius: .25em; }
nav ul { columns: 2; padding-left: 1rem; }
@media (max-width: 40rem) { nav ul { columns: 1; } }
"""


def page_of(document: Mapping[str, Any]) -> str:
    """
    The page of an OpenAPI 3.1 document.

    Args:
        document: As JSON values; every text in it is escaped.
    """
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(info['title'])}</title>",
        '<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/api/v1/docs.css">',
        '</head><body><main><p><a href="/">Back to the console</a></p>',
        f"<h1>{escape(info['title'])}</h1><p>Version {escape(info['version'])}. {escape(info.get('description', ''))}",
        ' As a machine reads it: <a href="/api/v1/openapi.json">openapi.json</a>.',
        ' What players talk to has its own: <a href="/api/v1/collector/openapi.json">collector/openapi.json</a>.</p>',
        *_contents(document),
        *_routes(document),
        *_problems(),
        *_refusals(),
        *_schemas(document),
        "</main></body></html>",
    ]
    return "".join(parts)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(path, method, operation) in order of tag, path, method."""
    found = [
        (path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]
    return iter(sorted(found, key=lambda each: (each[2].get("tags", [""])[0], each[0], METHODS.index(each[1]))))


def _anchor(path: str, method: str) -> str:
    return escape(f"{method}{path}")


def _contents(document: Mapping[str, Any]) -> Iterator[str]:
    yield "<nav aria-label='Routes'><ul>"
    for path, method, operation in _operations(document):
        summary = escape(operation.get("summary", ""))
        yield f"<li><a href='#{_anchor(path, method)}'>{method.upper()} {escape(path)}</a> {summary}</li>"
    yield "</ul></nav>"


def _routes(document: Mapping[str, Any]) -> Iterator[str]:
    tag = None
    for path, method, operation in _operations(document):
        here = operation.get("tags", [""])[0]
        if here != tag:
            tag = here
            yield f"<h2>{escape(here)}</h2>"
        yield f"<section id='{_anchor(path, method)}'><h3><span class='method'>{method}</span> <code>{escape(path)}</code></h3>"
        yield f"<p><strong>{escape(operation.get('summary', ''))}.</strong> {escape(operation.get('description', ''))}</p>"
        yield from _parameters(operation)
        yield from _bodies(operation)
        yield "</section>"


def _parameters(operation: Mapping[str, Any]) -> Iterator[str]:
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>"
        for each in parameters:
            yield (
                f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
                f"<td>{_type_of(each.get('schema', {}))}</td><td>{escape(each.get('description') or '')}</td></tr>"
            )
        yield "</tbody></table>"


def _bodies(operation: Mapping[str, Any]) -> Iterator[str]:
    body = operation.get("requestBody")
    if body:
        yield f"<p>Body: {_content(body)}</p>"
    yield "<table><thead><tr><th>Status</th><th>Answer</th><th>Body</th></tr></thead><tbody>"
    for status, answer in operation.get("responses", {}).items():
        meaning = escape(answer.get("description", ""))
        yield f"<tr><td>{escape(status)}</td><td>{meaning}</td><td>{_content(answer)}</td></tr>"
    yield "</tbody></table>"


def _content(holder: Mapping[str, Any]) -> str:
    return ", ".join(
        f"<code>{escape(kind)}</code> {_type_of(media.get('schema', {}))}"
        for kind, media in holder.get("content", {}).items()
    )


def _problems() -> Iterator[str]:
    """The kinds of problems: what `type` of a problem links to."""
    yield "<h2>Problems</h2><table><thead><tr><th>Type</th><th>Status</th><th>Title</th><th>When</th></tr></thead><tbody>"
    for status, kind in KINDS.items():
        name = escape(kind.name)
        yield f"<tr id='{name}'><td><code>{name}</code></td><td>{status}</td>"
        yield f"<td>{escape(kind.title)}</td><td>{escape(kind.when)}</td></tr>"
    yield "</tbody></table>"


def _refusals() -> Iterator[str]:
    """What players are refused for: what the debugger of the console links to."""
    yield "<h2 id='refusals'>Refusals of the collector</h2>"
    yield "<table><thead><tr><th>Code</th><th>Status</th><th>Title</th><th>When</th></tr></thead><tbody>"
    for refusal in Refusal:
        answered = GATEWAY.get(refusal) or MEDIA.get(refusal)
        status, title = answered or (BARE[refusal], "")
        yield f"<tr id='{escape(refusal.value)}'><td><code>{escape(refusal.value)}</code></td><td>{status}</td>"
        yield f"<td>{escape(title)}</td><td>{_with_code(WHEN[refusal])}</td></tr>"
    yield "</tbody></table>"
    yield "<table id='reasons'><thead><tr><th>Reason of a field error</th><th>When</th></tr></thead><tbody>"
    for reason, meaning in REASONS.items():
        yield f"<tr><td><code>{escape(reason)}</code></td><td>{escape(meaning)}</td></tr>"
    yield "</tbody></table>"


def _with_code(text: str) -> str:
    """Words in backticks as code."""
    return "".join(
        f"<code>{escape(part)}</code>" if place % 2 else escape(part) for place, part in enumerate(text.split("`"))
    )


def _schemas(document: Mapping[str, Any]) -> Iterator[str]:
    schemas = document.get("components", {}).get("schemas", {})
    if schemas:
        yield "<h2>Shapes</h2>"
    for name, schema in sorted(schemas.items()):
        yield f"<section id='{escape(name)}'><h3>{escape(name)}</h3><p>{escape(schema.get('description', ''))}</p>"
        properties = schema.get("properties", {})
        if properties:
            yield "<table><thead><tr><th>Member</th><th>Type</th><th>Meaning</th></tr></thead><tbody>"
            for member, kind in properties.items():
                meaning = escape(kind.get("description") or "")
                yield f"<tr><td><code>{escape(member)}</code></td><td>{_type_of(kind)}</td><td>{meaning}</td></tr>"
            yield "</tbody></table>"
        yield "</section>"


def _type_of(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, linked where it has a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    for many in ("oneOf", "anyOf"):
        if many in schema:
            return " or ".join(_type_of(each) for each in schema[many])
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    return escape(" or ".join(kind) if isinstance(kind, list) else kind)
