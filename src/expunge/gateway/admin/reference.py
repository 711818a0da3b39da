"""The description of the API: `/api/openapi.json` for programs, `/docs` for people; nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, JSONResponse, Response

from expunge.gateway.admin.dependencies import RequireScope
from expunge.version import __version__

_ABOUT = (
    "Register what a model must not reveal, look at what was decided, and check texts. "
    "The OpenAI endpoints below /v1 are those of OpenAI's own description. "
    'Every error is {"error": {"message", "type", "param", "code"}}; no message holds a text of yours. '
    "A write with an Idempotency-Key is done once, however often it is sent within a day."
)
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def reference_router(routers: Sequence[APIRouter]) -> APIRouter:
    """The two pages about what these routers offer. Anybody may read them: they tell what every copy of expunge has."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    router = APIRouter(include_in_schema=False)

    @cache
    def document() -> dict[str, Any]:
        return described(routes)

    @cache
    def page() -> str:
        # Imported late: whoever only serves answers need not wait for a template engine.
        from jinja2 import Environment, PackageLoader

        engine = Environment(loader=PackageLoader("expunge.gateway.admin", "."), autoescape=True, trim_blocks=True)
        return engine.get_template("reference.html").render(document=document(), operations=operations(document()))

    @router.get("/api/openapi.json")
    async def openapi() -> Response:
        return JSONResponse(document())

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(page(), headers=_HEADERS)

    return router


def described(routes: Sequence[APIRoute]) -> dict[str, Any]:
    """The OpenAPI document of the routes; `x-scope` is the scope that a key needs for an operation."""
    document = get_openapi(title="expunge", version=__version__, description=_ABOUT, routes=routes)
    document.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for route in routes:
        for admission in (part.call for part in route.dependant.dependencies):
            if isinstance(admission, RequireScope):
                for method in route.methods or ():
                    operation = document["paths"][route.path][method.lower()]
                    operation["security"] = [{"key": []}]
                    operation["x-scope"] = admission.scope
    return document


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each operation, with its parameters and the fields of its body, as the page shows them."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            media = operation.get("requestBody", {}).get("content", {})
            yield {
                "method": method.upper(),
                "path": path,
                "about": operation.get("description", ""),
                "scope": operation.get("x-scope", ""),
                "parameters": operation.get("parameters", []),
                "media": list(media),
                "fields": list(_fields(document, media.get("application/json", {}).get("schema", {}))),
                "answers": [code for code in operation["responses"] if code != "default"],
            }


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Name, type and whether it is needed, of each field of an object's schema."""
    schema = _resolved(document, schema)
    for name, field in schema.get("properties", {}).items():
        yield name, _type(document, field), name in schema.get("required", ())


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _resolved(document, option)
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(document, option) for option in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    if "$ref" in schema:
        fields = ", ".join(name for name, _, _ in _fields(document, schema))
        return f"{{{fields}}}"
    if schema.get("type") == "array":
        return f"list of {_type(document, schema['items'])}"
    return str(schema.get("format", schema.get("type", "anything")))
