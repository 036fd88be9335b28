"""Sound: an AAC file that plays everywhere, and the shape of its loudness."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.media.processing import Unreadable, probe, process
from tests.media.processing.conftest import Film, assert_clean
from tests.media.processing.looking import report

SINE = ["-f", "lavfi", "-i", "sine=f=440:r=48000:d=6"]
# Silence, then a tone that grows, then silence again.
SWELL = ["-f", "lavfi", "-i", "aevalsrc='if(between(t,2,4),(t-2)/2*sin(880*PI*t),0)':s=48000:d=6"]


@pytest.mark.parametrize(
    ("name", "coding", "mime"),
    [
        ("a.m4a", ["-c:a", "aac"], "audio/mp4"),
        ("a.mp3", ["-c:a", "libmp3lame"], "audio/mpeg"),
        ("a.wav", [], "audio/wav"),
        ("a.ogg", ["-c:a", "libvorbis"], "audio/ogg"),
        ("a.opus", ["-c:a", "libopus"], "audio/ogg"),
        ("a.flac", [], "audio/flac"),
        ("a.aac", ["-c:a", "aac"], "audio/aac"),
        ("a.webm", ["-c:a", "libopus"], "audio/webm"),
    ],
)
def test_every_format(film: Film, ffmpeg: str, tmp_path: Path, name: str, coding: list[str], mime: str) -> None:
    outcome = process(film(name, *SINE, *coding))
    assert (outcome.kind, outcome.mime) == ("audio", mime)
    assert outcome.duration_s == pytest.approx(6, abs=0.1)
    assert outcome.peaks is not None and 290 <= len(outcome.peaks) <= 310
    [listen] = outcome.renditions
    assert (listen.name, listen.mime) == ("listen.m4a", "audio/mp4")
    path = tmp_path / "result"
    path.write_bytes(listen.data)
    descriptor = os.open(path, os.O_RDONLY)
    streams = probe.read_streams(ffmpeg, descriptor)
    os.close(descriptor)
    assert streams is not None
    assert (streams.video, streams.audio) == (None, "aac")
    assert streams.seconds == pytest.approx(6, abs=0.15)
    assert listen.data.find(b"moov") < listen.data.find(b"mdat")


def test_a_browser_recording_has_no_length_in_its_header(film: Film) -> None:
    data = film("a.webm", *SINE, "-c:a", "libopus", "-f", "webm", "-live", "1")
    outcome = process(data)
    assert (outcome.kind, outcome.mime) == ("audio", "audio/webm")
    assert outcome.duration_s == pytest.approx(6, abs=0.1)
    assert outcome.peaks is not None and len(outcome.peaks) >= 290


def test_peaks_follow_the_loudness(film: Film) -> None:
    peaks = process(film("a.wav", *SWELL)).peaks
    assert peaks is not None
    third = len(peaks) // 3
    assert max(peaks[: third - 5]) <= 2 and max(peaks[2 * third + 5 :]) <= 2
    assert max(peaks) == 255
    rising = peaks[third + 5 : 2 * third - 5]
    assert rising[0] < 40 < rising[len(rising) // 2] < 200 < rising[-1]


def test_silence_stays_flat(film: Film) -> None:
    peaks = process(film("a.wav", "-f", "lavfi", "-i", "anullsrc=r=8000:d=3")).peaks
    assert peaks is not None and max(peaks) == 0


def test_a_very_short_sound(film: Film) -> None:
    outcome = process(film("a.wav", "-f", "lavfi", "-i", "sine=d=0.02:r=48000"))
    assert outcome.kind == "audio" and outcome.peaks


def test_a_cover_picture_is_not_a_video(film: Film, tmp_path: Path) -> None:
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(film("c.jpg", "-f", "lavfi", "-i", "testsrc2=s=200x200:d=1", "-frames:v", "1"))
    tags = ["-metadata", "artist=Somebody", "-metadata", "comment=51.5074"]
    picture = ["-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
    for name in ("a.mp3", "a.m4a"):
        outcome = process(film(name, *SINE, *picture, *tags))
        assert outcome.kind == "audio"
        assert b"Somebody" not in outcome.renditions[0].data and b"51.5074" not in outcome.renditions[0].data


def test_clean(film: Film, exiftool: Callable[[bytes], dict[str, Any]]) -> None:
    outcome = process(film("a.m4a", *SINE, "-metadata", "location=+51.5074-000.1278/", "-metadata", "title=Home"))
    assert outcome.location == (51.5074, -0.1278)
    assert_clean(outcome, exiftool)
    assert b"Home" not in outcome.renditions[0].data


def test_too_long(film: Film) -> None:
    data = film("a.wav", "-f", "lavfi", "-i", "anullsrc=r=1000:cl=mono:d=10810", "-c:a", "pcm_u8")
    with pytest.raises(Unreadable) as caught:
        process(data)
    assert caught.value.reason == "too_long"


def test_a_recording_cut_off_keeps_what_there_is(film: Film) -> None:
    whole = film("a.webm", *SINE, "-c:a", "libopus")
    outcome = process(whole[: len(whole) // 2])
    assert outcome.kind == "audio" and 1 < (outcome.duration_s or 0) < 5
    with pytest.raises(Unreadable):
        process(whole[:60])


def test_reported_recordings_are_heard() -> None:
    for name, mime in (("a_zeros.mp3", "audio/mpeg"), ("a_rf64.wav", "audio/wav")):
        outcome = process(report(name))
        assert (outcome.kind, outcome.mime) == ("audio", mime), name
        assert outcome.duration_s == pytest.approx(3, abs=0.1)
        assert outcome.peaks is not None and max(outcome.peaks) == 255


@pytest.mark.parametrize(
    ("name", "coding", "mime"),
    [
        ("a.w64", [], "audio/x-w64"),
        ("a.wav", ["-rf64", "always"], "audio/wav"),
        ("a.au", [], "audio/basic"),
        ("b.au", ["-c:a", "pcm_mulaw"], "audio/basic"),
        ("a.ac3", ["-c:a", "ac3"], "audio/ac3"),
        ("a.eac3", ["-c:a", "eac3"], "audio/ac3"),
        ("a.mp2", ["-c:a", "mp2"], "audio/mpeg"),
        ("a.caf", [], "audio/x-caf"),
        ("a.aiff", [], "audio/aiff"),
    ],
)
def test_what_recorders_write(film: Film, name: str, coding: list[str], mime: str) -> None:
    outcome = process(film(name, "-f", "lavfi", "-i", "sine=f=440:r=48000:d=2", *coding))
    assert (outcome.kind, outcome.mime) == ("audio", mime)
    assert outcome.duration_s == pytest.approx(2, abs=0.1)
    assert outcome.peaks is not None and max(outcome.peaks) == 255


@pytest.mark.parametrize("zeros", [16, 417, 4096, 5000, 300_000])
def test_sound_after_zeros(film: Film, zeros: int) -> None:
    song = film("a.mp3", "-f", "lavfi", "-i", "sine=d=2", "-c:a", "libmp3lame")
    outcome = process(bytes(zeros) + song)
    assert outcome.kind == "audio" and outcome.duration_s == pytest.approx(2, abs=0.15)


def test_zeros_alone_are_no_sound() -> None:
    for data in (bytes(10), bytes(5000), bytes(2_000_000), bytes(5000) + b"Dear Kai", bytes(5000) + b"%PDF-1.7"):
        assert process(data).kind == "other"
