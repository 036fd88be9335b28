"""The pages of this slice."""

from fastapi import APIRouter

import app.boxes.context  # noqa: F401  # registers what every page knows
from app.boxes import (
    about_pages,
    circle_pages,
    coming_back_pages,
    invitation_pages,
    me_pages,
    people_pages,
    phone_pages,
    put_back_pages,
    start_pages,
    trusted_pages,
    words_pages,
)

router = APIRouter()
for pages in (
    about_pages,
    circle_pages,
    coming_back_pages,
    invitation_pages,
    me_pages,
    people_pages,
    phone_pages,
    put_back_pages,
    start_pages,
    trusted_pages,
    words_pages,
):
    router.include_router(pages.router)
