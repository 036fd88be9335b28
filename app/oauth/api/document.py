"""The API described (OpenAPI 3.1): what FastAPI knows of it, and what it cannot."""

from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from app.oauth.api.shapes import MemoryIn, Problem
from app.oauth.asking import issuer, resource
from app.oauth.scopes import SCOPES
from app.web.errors import PROBLEM

_WHY = {
    400: "It could not be read",
    401: "No token that counts",
    403: "The token lacks a permission",
    404: "Not here, or not for this app to see",
    413: "Too big",
    415: "Neither JSON nor a form",
    422: "Something in it does not fit",
    429: "Too many requests",
    503: "It cannot be kept just now",
}
_REF = "#/components/schemas/"
_FORM = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "kind": {"enum": ["certificate", "photo", "video"]},
        "title": {"type": "string", "maxLength": 120},
        "words": {"type": "string", "maxLength": 20_000},
        "day": {"type": "string", "format": "date"},
        "file": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"type": "string", "format": "binary"}},
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What can go wrong, each as problem+json (RFC 9457)."""
    content = {PROBLEM: {"schema": {"$ref": _REF + Problem.__name__}}}
    return {status: {"description": _WHY[status], "content": content} for status in statuses}


PROBLEMS = problems(*(status for status in _WHY if status != 404))
READS: dict[str, Any] = {"security": [{"box": ["read:circle"]}]}
SENDS: dict[str, Any] = {
    "security": [{"box": [f"add:{kind}"]} for kind in ("certificate", "photo", "video")],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM, "encoding": {"file": {"contentType": "*/*"}}},
            "application/json": {"schema": {"$ref": _REF + MemoryIn.__name__}},
        },
    },
}


def describe(router: APIRouter) -> dict[str, Any]:
    """The document. Its address and that of the authorization server are those of this installation."""
    said = get_openapi(
        title="Holdfast",
        version="1",
        summary="A young person’s memory box, as far as they let an app in",
        description=(
            "Tokens come from the authorization server (RFC 8414). Larger files go to `/uploads` with tus 1.0, with "
            "the same token, in pieces of 65,536 bytes or more. Dates are ISO 8601, or EDTF where a day is not known."
        ),
        routes=router.routes,
        servers=[{"url": issuer()}],
    )
    schemas = said["components"]["schemas"]
    for model in (MemoryIn, Problem):
        schemas[model.__name__] = model.model_json_schema(ref_template=_REF + "{model}")
    said["components"]["securitySchemes"] = {
        "box": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{issuer()}/oauth/authorize",
                    "tokenUrl": f"{issuer()}/oauth/token",
                    "scopes": {scope.name: scope.title for scope in SCOPES.values()},
                }
            },
        }
    }
    said["security"] = [{"box": []}]
    said["externalDocs"] = {"url": f"{issuer()}/.well-known/oauth-authorization-server", "description": resource()}
    return said
