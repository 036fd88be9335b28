"""Every job, for the queue and start-up; nothing else. A process imports it before it puts its first job in."""

from app.arrivals import jobs as arrivals
from app.boxes import jobs as boxes
from app.media import jobs as media
from app.memories import jobs as memories
from app.oauth import jobs as oauth
from app.operate import jobs as operate
from app.people import jobs as people
from app.people import push_jobs as push

__all__ = ["arrivals", "boxes", "media", "memories", "oauth", "operate", "people", "push"]
