"""The start page: which APIs are served, where, and where their documentation is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Understudy</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2430; }}
  table {{ border-collapse: collapse; width: 100%; }}
  th, td {{ text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #d9dee7; vertical-align: top; }}
  .faults {{ background: #fff4d6; border-left: 4px solid #d08700; margin: 1.5rem 0; padding: .5rem 1rem; }}
  .faults h2 {{ font-size: 1rem; margin: 0; }}
  code {{ background: #f1f4f8; padding: .1rem .3rem; border-radius: 3px; }}
</style>
</head>
<body>
<h1>Understudy</h1>
<p>A stand-in for {count}. Point a client's base URL at one of these; <code>understudy credentials</code> prints
credentials that work here.</p>
<table>
<thead><tr><th>API</th><th>Base URL</th><th>Documentation</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{faults}<p>State: <a href="{prefix}/_understudy/ready"><code>{prefix}/_understudy/ready</code></a>.
Control plane: <a href="{prefix}/_understudy/ui/"><code>{prefix}/_understudy/ui/</code></a>.</p>
</body>
</html>
"""

_ROW = """<tr><td><strong>{name}</strong><br>{title}</td><td><code>{url}</code></td>
<td><a href="{mount}/ui/">Swagger UI</a>, <a href="{mount}/openapi.json">OpenAPI</a></td></tr>"""


_FAULTS = """<section class="faults">
<h2>Not everything works here, on purpose</h2>
<ul>
{lines}
</ul>
</section>
"""
#: Of lines about faults.
_MOST = 20


def start_page(
    path: str, root: str, prefix: str, listing: Sequence[tuple[str, str, Mapping[str, Any]]], faults: Callable[[], Sequence[str]]
) -> Response:
    """The page at ``/``; for any other path a 404 that says where the APIs are.

    ``prefix``: the part of the URL's path that names a sandbox, or nothing; ``faults``: a line for each rule by which something
    goes wrong.
    """
    if path != "/":
        where = {name: root + prefix + mount for name, mount, _ in listing}
        return JSONResponse({"error": "nothing is served at this path", "base_urls": where}, 404)
    rows = "\n".join(
        _ROW.format(name=escape(name), title=escape(info["title"]), url=escape(root + mount), mount=escape(mount))
        for name, mount, info in ((name, prefix + mount, info) for name, mount, info in listing)
    )
    count = f"{len(listing)} APIs" if len(listing) != 1 else "one API"
    return HTMLResponse(_PAGE.format(count=count, rows=rows, prefix=escape(prefix), faults=_faults(faults())))


def _faults(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    beyond = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return _FAULTS.format(lines="\n".join(f"<li>{escape(line)}</li>" for line in [*lines[:_MOST], *beyond]))
