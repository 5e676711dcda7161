"""The documentation of the API: a page from files of this machine, under rules as strict as the studio's."""

from __future__ import annotations

from starlette.responses import HTMLResponse, RedirectResponse, Response

from imageloom.doors.http.safety import DOCS_RULES
from imageloom.runtime.http.routing import Router

router = Router(include_in_schema=False)

_ASSETS = "/static-offline-docs"
_HTML = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Imageloom API</title>
<link rel="icon" href="{_ASSETS}/favicon.png">
<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="{_ASSETS}/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""


@router.get("/docs")
async def read_docs() -> Response:
    """Every route, to read and to try."""
    return HTMLResponse(_HTML, headers={"Content-Security-Policy": DOCS_RULES})


@router.get("/docs/start.js")
async def read_docs_script() -> Response:
    return Response(_START, media_type="text/javascript")


@router.get("/redoc")
async def read_other_docs() -> Response:
    """Where the other layout was, which cannot do without styles that it writes into the page."""
    return RedirectResponse("/docs")
