"""The pages of this slice."""

from fastapi import APIRouter

from app.arrivals import address_pages, give_pages, given_pages, letter_pages, tray_pages
from app.arrivals.mail import http_door, whole

router = APIRouter()
router.include_router(give_pages.router)
router.include_router(given_pages.router)
router.include_router(letter_pages.router)
router.include_router(tray_pages.router)
router.include_router(address_pages.router)
router.include_router(whole.router)
router.include_router(http_door.router)
