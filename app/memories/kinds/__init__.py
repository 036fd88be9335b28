"""Every kind of memory. Adding one: a module here, a folder in templates/memories/kinds/, a line in this list."""

from app.memories.kinds import certificate, letter, life_track, message, photo, pod_walk, treasured_thing, video, voice
from app.memories.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        photo.KIND,
        video.KIND,
        voice.KIND,
        message.KIND,
        pod_walk.KIND,
        life_track.KIND,
        treasured_thing.KIND,
        certificate.KIND,
        letter.KIND,
    )
}
