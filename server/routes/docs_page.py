"""The page of the API: every route with its fields, errors and examples, and the messages of WebSockets."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from .docs_examples import EXAMPLES, SOCKETS, Socket, expand
from .openapi import operation_key

_TITLES = {
    "speech": "Speech",
    "recognition": "Recognition",
    "models and voices": "Models and voices",
    "operation": "Operation",
}
_ERROR_EXAMPLE = (
    '{"error": {"message": "unknown voice \'af_hart\'; did you mean \'af_heart\'?", '
    '"type": "invalid_request_error", "param": "voice", "code": "unknown_voice"}}'
)


def docs_page(schema: dict[str, Any], address: str, *, has_token: bool) -> str:
    """Return the page for an OpenAPI document and the address at which the server is reached."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((method, path, operation))
    parts = [_HEAD, '<ul class="toc">']
    anchors = {**_TITLES, "websockets": "WebSockets", "errors": "Errors"}
    parts += [f'<li><a href="docs#{_anchor(tag)}">{title}</a></li>' for tag, title in anchors.items()]
    parts.append("</ul></div>")
    if has_token:
        note = "This server needs a token: add `-H 'Authorization: Bearer TOKEN'` to each example."
        parts.append(f"<p>{_text(note)}</p>")
    for tag, title in _TITLES.items():
        parts.append(f'<h2 id="{_anchor(tag)}">{title}</h2>')
        parts += [_operation(schema, *operation, address) for operation in groups.get(tag, ())]
    parts.append('<h2 id="websockets">WebSockets</h2>')
    note = (
        "→ is a message of the client, ← one of the server. "
        "A web page sends the token as the subprotocols `voxweft` and `bearer.TOKEN`."
    )
    parts.append(f"<p>{_text(note)}</p>")
    parts += [_socket(socket) for socket in SOCKETS]
    parts.append('<h2 id="errors">Errors</h2><p>Errors have the body of OpenAI\'s API:</p>')
    parts.append(f"<pre>{html.escape(_ERROR_EXAMPLE)}</pre></main></body></html>")
    return "".join(parts)


_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Voxweft: API</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="icon" href="static/icon.svg"><link rel="stylesheet" href="static/page.css"></head>'
    '<body class="reference">'
    '<header class="top"><a class="brand" href="./">'
    '<img src="static/icon.svg" alt="" width="36" height="36">Voxweft</a>'
    '<nav aria-label="Main"><a href="./#speak">Speak</a><a href="./#transcribe">Transcribe</a>'
    '<a href="docs" aria-current="page">API</a></nav></header><main class="api">'
    '<div class="intro hero"><h1>The API of this server</h1>'
    '<p>Clients of OpenAI\'s API work with it. See also the <a href="openapi.json">OpenAPI document</a>.</p>'
)


def _operation(schema: dict[str, Any], method: str, path: str, operation: dict[str, Any], address: str) -> str:
    key = operation_key(method, path)
    parts = [
        f'<article><h3><span class="method">{method.upper()}</span> <code>{html.escape(path)}</code></h3>',
        f"<p>{_text(operation.get('description', ''))}</p>",
    ]
    examples = (html.escape(expand(example, address)) for example in EXAMPLES.get(key, ()))
    parts += [f"<pre>{example}</pre>" for example in examples]
    rows = [_row(schema, parameter, parameter["schema"]) for parameter in operation.get("parameters", ())]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        body = _resolved(schema, content["schema"])
        required = body.get("required", ())
        for name, field in body.get("properties", {}).items():
            rows.append(_row(schema, {"name": name, "required": name in required, **field}, field))
    if rows:
        parts.append(_table("Fields", rows))
    errors = [
        (f"<code>{status}</code>", _text(response["description"]))
        for status, response in sorted(operation["responses"].items())
        if int(status) >= 400
    ]
    parts.append(f"<details><summary>Errors</summary>{_table('', errors)}</details></article>")
    return "".join(parts)


def _row(schema: dict[str, Any], field: dict[str, Any], kind: dict[str, Any]) -> tuple[str, str]:
    name = f"<code>{html.escape(field['name'])}</code>"
    facts = [_kind(schema, kind)]
    if field.get("required"):
        facts.append("required")
    elif kind.get("default") not in (None, "", {}, []):
        facts.append(f"default {html.escape(json.dumps(kind['default']).strip(chr(34)))}")
    facts.append(_text(field.get("description", "")))
    return name, ". ".join(filter(None, (", ".join(filter(None, facts[:-1])), facts[-1])))


def _socket(socket: Socket) -> str:
    rows = [
        (f"{'→' if sender == 'client' else '←'} <code>{html.escape(message)}</code>", html.escape(meaning))
        for sender, message, meaning in socket.messages
    ]
    return (
        f'<article><h3><span class="method">WS</span> <code>{socket.path}</code></h3><p>{_text(socket.purpose)}</p>'
        f"{_table('', rows, 'messages')}</article>"
    )


def _table(title: str, rows: Iterable[tuple[str, str]], kind: str = "fields") -> str:
    cells = "".join(f'<tr><th scope="row">{first}</th><td>{second}</td></tr>' for first, second in rows)
    return (f"<h4>{title}</h4>" if title else "") + f'<table class="{kind}"><tbody>{cells}</tbody></table>'


def _text(text: str) -> str:
    """Return HTML for a text in which backticks mark code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _anchor(tag: str) -> str:
    return tag.replace(" ", "-")


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else part


def _kind(schema: dict[str, Any], part: dict[str, Any]) -> str:
    part = _resolved(schema, part)
    if "anyOf" in part:
        kinds = (_kind(schema, choice) for choice in part["anyOf"] if choice.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in part:
        return ", ".join(html.escape(str(value)) for value in part["enum"])
    if "const" in part:
        return html.escape(str(part["const"]))
    if part.get("type") == "array":
        return f"list of {_kind(schema, part['items'])}"
    limits = [part.get(name) for name in ("minimum", "maximum")]
    kind = "file" if part.get("format") == "binary" else str(part.get("type", part.get("title", "")))
    low, high = (None if limit is None or abs(limit) > 1e9 else f"{limit:g}" for limit in limits)
    if low and high:
        return f"{kind}, {low} to {high}"
    return f"{kind}, maximum {high}" if high else kind
