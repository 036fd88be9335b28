"""The pages of this slice."""

from fastapi import APIRouter

from app.people import (
    away,
    coming_in,
    language_pages,
    local_pages,
    passkey_routes,
    prove_pages,
    provider_pages,
    push_pages,
    ways_in_pages,
)

router = APIRouter()
for part in (
    away,
    coming_in,
    passkey_routes,
    prove_pages,
    provider_pages,
    push_pages,
    ways_in_pages,
    language_pages,
    local_pages,
):
    router.include_router(part.router)
