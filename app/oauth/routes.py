"""The pages and endpoints of this slice, and how much may be sent to them."""

from fastapi import APIRouter

from app.media.routes import FORM_WITH_FILES
from app.oauth import apps_pages, consent, device_pages, endpoints
from app.oauth.api import routes as api

# They carry a token or a secret of their own, and no cookie.
EXEMPT = (*endpoints.EXEMPT, "/api/v1")
LARGER_BODIES = dict.fromkeys(("/api/v1/uploads", "/api/v1/memories"), FORM_WITH_FILES)

router = APIRouter()
for pages in (endpoints, consent, device_pages, apps_pages, api):
    router.include_router(pages.router)
