"""Sound and video: look inside, then decide which of the two it is."""

from app.media.processing import audio, look, probe, video
from app.media.processing.findings import Findings
from app.media.processing.outcome import Unreadable

SOURCE = 0


def open_moving(ffmpeg: str, container: str, sure: bool, sound_only: bool, only_look: bool) -> Findings:
    """Findings for the file that is descriptor 0, guessed to be in `container`; `sure` says what
    the guess is worth.

    `sound_only`: a video with sound is wanted for its sound. Raises Unreadable: broken, too_long, too_big, timeout.
    """
    streams = probe.read_streams(ffmpeg, SOURCE)
    if streams is None:
        if sure:
            raise Unreadable("broken")
        return Findings("other", look.NONE_MIME)
    is_video = streams.video is not None and not (sound_only and streams.audio)
    findings = Findings("video" if is_video else "audio", look.mime_of(container, is_video))
    findings.facts["duration_s"] = round(streams.seconds, 3)
    findings.taken(probe.read_taken(ffmpeg, SOURCE))
    if is_video:
        video.make(findings, ffmpeg, SOURCE, streams, only_look)
    else:
        audio.make(findings, ffmpeg, SOURCE, streams, only_look)
    return findings
