"""The pages of this slice."""

from fastapi import APIRouter

from app.kit.clock import today
from app.memories import edtf
from app.memories.kinds.life_track import feeling_words
from app.memories.routes import add, audience, drawers, kept, memory, offline, share, timeline
from app.web import pages

pages.add_filter("edtf_words", edtf.words)
pages.add_filter("year_words", lambda happened: edtf.year_words(happened, today().year))
pages.add_filter("month_words", edtf.month_words)
pages.add_filter("feeling_words", feeling_words)

router = APIRouter()
for part in (timeline, add, share, drawers, memory, audience, kept, offline):
    router.include_router(part.router)
