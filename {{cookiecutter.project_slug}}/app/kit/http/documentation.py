"""The interactive API documentation at ``/docs``, and the redirect from ``/`` to it.

FastAPI's own page loads Swagger UI from a CDN, and it does not add a proxy's path prefix to every
URL. This one works without internet: the files of Swagger UI come from ``fastapi-offline``.
"""

from functools import cache
from typing import Any

from fastapi import APIRouter
from fastapi import Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.responses import JSONResponse
from fastapi.responses import RedirectResponse
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

SWAGGER_UI_PARAMETERS = {
    "persistAuthorization": True,
    "filter": True,
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def open_documentation(request: Request) -> RedirectResponse:
    """Redirect to the documentation."""
    return RedirectResponse(f"{_prefix_of(request)}/docs")


@router.get("/openapi.json")
async def read_document(request: Request) -> JSONResponse:
    """Return the OpenAPI document, with URLs as this client reaches them."""
    return JSONResponse(_with_prefix(request.app.openapi(), _prefix_of(request)))


@router.get("/docs")
async def read_docs(request: Request) -> HTMLResponse:
    """Return the Swagger UI page."""
    prefix = _prefix_of(request)
    return get_swagger_ui_html(
        openapi_url=f"{prefix}/openapi.json",
        title=request.app.title,
        swagger_js_url=f"{prefix}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{prefix}/docs/swagger-ui.css",
        swagger_favicon_url=f"{prefix}/docs/favicon.png",
        swagger_ui_parameters=SWAGGER_UI_PARAMETERS,
    )


@router.get("/docs/{file_name}")
async def read_docs_file(request: Request, file_name: str) -> Response:
    """Return one of the files that the Swagger UI page loads."""
    return await _swagger_ui_files().get_response(file_name, request.scope)


@cache
def _swagger_ui_files() -> StaticFiles:
    return StaticFiles(packages=[("fastapi_offline", "static")])


def _prefix_of(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _with_token_urls(scheme: dict[str, Any], prefix: str) -> dict[str, Any]:
    flows = {
        name: {**flow, "tokenUrl": prefix + flow["tokenUrl"]}
        for name, flow in scheme["flows"].items()
    }
    return {**scheme, "flows": flows}


def _with_prefix(document: dict[str, Any], prefix: str) -> dict[str, Any]:
    if not prefix:
        return document
    components = {**document["components"]}
    schemes = components.get("securitySchemes", {})
    components["securitySchemes"] = {
        name: _with_token_urls(scheme, prefix) for name, scheme in schemes.items()
    }
    return {**document, "servers": [{"url": prefix}], "components": components}
