"""Video: one MP4 that phones play, upright, small, and saying nothing of where it was made."""

import os
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pyvips

from app.media.processing import Outcome, Rendition, Unreadable, cage, examine, probe, process, video
from app.media.processing import ffmpeg as tool
from app.media.processing.probe import Frame, Streams
from tests.media.processing.conftest import Film, assert_clean
from tests.media.processing.looking import colour_at, copy, report, seen_at

PICTURES = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=2"]
SOUND = ["-f", "lavfi", "-i", "sine=f=440:d=2"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=none"]
AAC = ["-c:a", "aac"]
PLACE = "+51.5074-000.1278/"
APPLE = "com.apple.quicktime."


def copy_of(outcome: Outcome) -> Rendition:
    return next(rendition for rendition in outcome.renditions if rendition.name == "phone.mp4")


def inside(ffmpeg: str, data: bytes, tmp_path: Path) -> tuple[Streams, Frame]:
    path = tmp_path / "result"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        streams, frame = probe.read_streams(ffmpeg, descriptor), probe.read_frame(ffmpeg, descriptor)
    finally:
        os.close(descriptor)
    assert streams is not None and frame is not None
    return streams, frame


def starts_with_its_index(data: bytes) -> bool:
    return data.find(b"moov") < data.find(b"mdat")


def test_what_fits_is_repacked_not_reencoded(film: Film, ffmpeg: str, tmp_path: Path) -> None:
    data = film("a.mp4", *PICTURES, *SOUND, *H264, *AAC, "-metadata", f"location={PLACE}")
    outcome = process(data)
    assert (outcome.kind, outcome.mime, outcome.width, outcome.height) == ("video", "video/mp4", 1280, 720)
    assert outcome.duration_s == pytest.approx(2, abs=0.1)
    assert outcome.location == (51.5074, -0.1278)
    copy = copy_of(outcome)
    assert (copy.mime, copy.width, copy.height) == ("video/mp4", 1280, 720)
    assert starts_with_its_index(copy.data)
    streams, frame = inside(ffmpeg, copy.data, tmp_path)
    assert (streams.video, streams.audio, frame.format) == ("h264", "aac", "yuv420p")
    # The coded pictures are the same ones: a long run of the first one's bytes is in both.
    middle = data.find(b"mdat") + 20_000
    assert data[middle : middle + 500] in copy.data


def test_hevc_becomes_h264_within_720(film: Film, ffmpeg: str, tmp_path: Path) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=1", *SOUND, "-shortest"]
    outcome = process(film("a.mov", *source, *HEVC, *AAC))
    assert (outcome.kind, outcome.mime, outcome.width, outcome.height) == ("video", "video/quicktime", 1920, 1080)
    copy = copy_of(outcome)
    assert (copy.width, copy.height) == (1280, 720)
    streams, frame = inside(ffmpeg, copy.data, tmp_path)
    assert (streams.video, streams.audio) == ("h264", "aac")
    assert (frame.format, frame.width, frame.height) == ("yuv420p", 1280, 720)
    assert starts_with_its_index(copy.data)


def test_held_upright(film: Film, ffmpeg: str, tmp_path: Path) -> None:
    flat = film("flat.mp4", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=1", *HEVC)
    (tmp_path / "flat").write_bytes(flat)
    turned = film("turned.mov", "-display_rotation", "90", "-i", str(tmp_path / "flat"), "-c", "copy")
    outcome = process(turned)
    assert (outcome.width, outcome.height) == (1080, 1920)
    copy = copy_of(outcome)
    assert (copy.width, copy.height) == (720, 1280)
    assert {(r.name, r.width, r.height) for r in outcome.renditions if r.name.endswith("jpg")} == {
        ("poster.jpg", 576, 1024),
        ("poster-256.jpg", 144, 256),
        ("strip.jpg", 6 * 108, 192),
    }
    small = film("small.mp4", *PICTURES, *H264)
    (tmp_path / "small").write_bytes(small)
    repacked = process(film("s.mov", "-display_rotation", "90", "-i", str(tmp_path / "small"), "-c", "copy"))
    assert (copy_of(repacked).width, copy_of(repacked).height) == (720, 1280)
    _, frame = inside(ffmpeg, copy_of(repacked).data, tmp_path)
    assert (frame.width, frame.height) == (720, 1280)


def test_six_moments_from_beginning_to_end(film: Film) -> None:
    # From black to white in six seconds.
    growing = ["-f", "lavfi", "-i", "color=s=640x360:r=10:d=6:c=black", "-vf", "geq=lum=T*42:cb=128:cr=128"]
    outcome = process(film("a.mp4", *growing, *H264))
    strip = next(rendition for rendition in outcome.renditions if rendition.name == "strip.jpg")
    assert (strip.mime, strip.width, strip.height) == ("image/jpeg", 6 * 192, 108)
    picture = pyvips.Image.new_from_buffer(strip.data, "")
    seen = [picture.getpoint(192 * moment + 96, 54)[0] for moment in range(6)]
    assert seen == sorted(seen) and seen[0] < 40 and seen[-1] > 200 and min(b - a for a, b in pairwise(seen)) > 20
    assert len(strip.data) < 40_000


def test_bright_phone_video_becomes_ordinary(film: Film, ffmpeg: str, tmp_path: Path) -> None:
    grey = ["-f", "lavfi", "-i", "color=c=0x808080:s=640x360:r=30:d=1"]
    to_hlg = "zscale=t=arib-std-b67:p=bt2020:m=bt2020nc:tin=bt709:pin=bt709:min=bt709:rin=tv:npl=203,format=yuv420p10le"
    hlg = ["-x265-params", "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"]
    data = film("a.mov", *grey, "-vf", to_hlg, *HEVC[:-2], *hlg)
    _, before = inside(ffmpeg, data, tmp_path)
    assert before.high_dynamic_range
    outcome = process(data)
    _, after = inside(ffmpeg, copy_of(outcome).data, tmp_path)
    assert not after.high_dynamic_range and after.format == "yuv420p"
    poster = next(r for r in outcome.renditions if r.name == "poster.jpg")
    seen = pyvips.Image.new_from_buffer(poster.data, "").getpoint(300, 200)
    assert all(80 < value < 180 for value in seen), seen


def test_says_nothing_of_where_it_was_made(film: Film, exiftool: Callable[[bytes], dict[str, Any]]) -> None:
    tags = [
        *("-metadata", f"{APPLE}location.ISO6709={PLACE}", "-metadata", f"{APPLE}make=Fruit"),
        *("-metadata", f"{APPLE}creationdate=2021-05-06T07:08:09+0100", "-metadata", f"location={PLACE}"),
        *("-metadata", "title=Our house", "-metadata:s:v", "handler_name=A secret", "-movflags", "use_metadata_tags"),
    ]
    for coding in (H264, HEVC):
        outcome = process(film("a.mov", *PICTURES, *SOUND, *coding, *AAC, *tags))
        assert outcome.location == (51.5074, -0.1278)
        assert outcome.taken_on == datetime(2021, 5, 6, 7, 8, 9)
        assert_clean(outcome, exiftool)
        for rendition in outcome.renditions:
            for word in (b"51.5074", b"Fruit", b"Our house", b"A secret", b"2021", b"x265", b"options:"):
                assert word not in rendition.data, (rendition.name, word)


def test_other_containers(film: Film) -> None:
    webm = process(film("a.webm", *PICTURES, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"))
    assert (webm.kind, webm.mime) == ("video", "video/webm")
    avi = process(film("a.avi", *PICTURES, *SOUND, "-c:v", "mpeg4"))
    assert (avi.kind, avi.mime) == ("video", "video/x-msvideo")
    transport = process(film("a.ts", *PICTURES, *H264))
    assert (transport.kind, transport.mime) == ("video", "video/mp2t")
    assert copy_of(webm).data[4:8] == copy_of(avi).data[4:8] == copy_of(transport).data[4:8] == b"ftyp"


def test_pixels_that_are_not_square(film: Film, ffmpeg: str, tmp_path: Path) -> None:
    outcome = process(film("a.mp4", "-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=1", "-vf", "setsar=64/45", *H264))
    assert (outcome.width, outcome.height) == (1024, 576)
    assert (copy_of(outcome).width, copy_of(outcome).height) == (1024, 576)
    _, frame = inside(ffmpeg, copy_of(outcome).data, tmp_path)
    assert frame.square


def test_odd_sizes(film: Film) -> None:
    outcome = process(
        film("a.mp4", "-f", "lavfi", "-i", "testsrc2=s=641x361:r=25:d=1", "-c:v", "libx264", "-pix_fmt", "yuv444p")
    )
    assert (copy_of(outcome).width, copy_of(outcome).height) == (640, 360)


def test_the_sound_of_a_video_when_only_sound_is_wanted(film: Film) -> None:
    data = film("a.mp4", *PICTURES, *SOUND, *H264, *AAC)
    outcome = process(data, role_hint="audio")
    assert (outcome.kind, outcome.mime) == ("audio", "audio/mp4")
    assert [rendition.name for rendition in outcome.renditions] == ["listen.m4a"]
    assert examine(data) == ("video", "video/mp4")


@pytest.mark.parametrize("coding", [["-c:v", "libx264"], ["-c:v", "mpeg4"]])
def test_a_film_of_an_hour_plays_to_its_end(film: Film, ffmpeg: str, tmp_path: Path, coding: list[str]) -> None:
    # Black, and white in its last minute.
    seconds = 61 * 60
    picture = f"color=s=64x64:r=1:d={seconds}:c=black,geq=lum='if(gt(T,{seconds - 60}),235,16)':cb=128:cr=128"
    sound = ["-f", "lavfi", "-i", f"anullsrc=r=8000:cl=mono:d={seconds}", "-c:a", "aac"]
    outcome = process(film("a.mp4", "-f", "lavfi", "-i", picture, *sound, *coding, "-pix_fmt", "yuv420p"))
    assert outcome.duration_s == pytest.approx(seconds, abs=2)
    streams, _ = inside(ffmpeg, copy_of(outcome).data, tmp_path)
    assert streams.seconds == pytest.approx(seconds, abs=2) and streams.audio == "aac"
    assert min(colour_at(seen_at(copy_of(outcome).data, seconds - 30, tmp_path), 0.5, 0.5)) > 220


def test_a_film_of_more_than_three_hours_is_too_long(film: Film) -> None:
    data = film("a.mp4", "-f", "lavfi", "-i", "color=s=64x64:r=1/9:d=10830", "-c:v", "libx264", "-preset", "ultrafast")
    with pytest.raises(Unreadable) as caught:
        process(data)
    assert caught.value.reason == "too_long"


@pytest.mark.parametrize("seconds", [60, 30 * 60 + 1, 3600, 2 * 3600, 3 * 3600])
def test_a_copy_of_any_length_fits_the_cage(seconds: int) -> None:
    pace = video._pace(seconds)
    rate = int(pace[pace.index("-maxrate") + 1])
    sound = 128_000
    assert (rate + sound) * seconds / 8 < cage.MOVING.result * 0.75
    assert 500_000 < rate <= 3_000_000


def test_a_film_that_begins_in_the_dark_has_a_poster_that_shows_something(film: Film) -> None:
    lit = "if(lt(T,3),{0},{1}(X,Y))"
    dark = ":".join(f"{name}='{lit.format(plain, name)}'" for name, plain in (("lum", 16), ("cb", 128), ("cr", 128)))
    begins = f"testsrc2=s=320x180:r=10:d=8,geq={dark}"
    outcome = process(film("a.mp4", "-f", "lavfi", "-i", begins, *H264))
    poster = pyvips.Image.new_from_buffer(copy(outcome, "poster.jpg"), "")
    assert poster.max() - poster.min() > 100
    night = process(film("b.mp4", "-f", "lavfi", "-i", "color=s=320x180:r=10:d=2:c=black", *H264))
    assert max(colour_at(copy(night, "poster.jpg"), 0.5, 0.5)) < 20


def test_a_video_of_no_bytes() -> None:
    with pytest.raises(Unreadable) as caught:
        process(b"")
    assert caught.value.reason == "empty"


def test_a_video_cut_off(film: Film) -> None:
    index_last = film("a.mp4", *PICTURES, *H264)
    for bad in (index_last[: len(index_last) // 2], index_last[:40], b"\0\0\0\x20ftypisom" + bytes(5000)):
        with pytest.raises(Unreadable) as caught:
            process(bad)
        assert caught.value.reason == "broken"
    index_first = film("b.mp4", *PICTURES, *H264, "-movflags", "+faststart")
    outcome = process(index_first[: len(index_first) // 2])
    assert outcome.kind == "video" and 0.3 < (outcome.duration_s or 0) < 1.7


def test_ffmpeg_reads_no_other_file(ffmpeg: str, film: Film, tmp_path: Path) -> None:
    (tmp_path / "secret.ts").write_bytes(film("secret.ts", *PICTURES, *H264))
    secret = tmp_path / "secret.ts"
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n"
    for name, text in {
        "list.m3u8": hls,
        "list.ffconcat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "list.mpd": f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{secret}</BaseURL></MPD>',
    }.items():
        path = tmp_path / name
        path.write_text(text)
        descriptor = os.open(path, os.O_RDONLY)
        content, output = tool.run(ffmpeg, descriptor, [], ["-c", "copy", "-f", "framecrc", "pipe:1"], 20)
        os.close(descriptor)
        assert not content and not output, name
        assert process(text.encode()).kind == "other", name


def test_a_reported_camcorder_film_plays(ffmpeg: str, tmp_path: Path) -> None:
    outcome = process(report("00001.MTS"))
    assert (outcome.kind, outcome.mime, outcome.width, outcome.height) == ("video", "video/mp2t", 320, 240)
    assert outcome.duration_s == pytest.approx(1, abs=0.1)
    streams, _ = inside(ffmpeg, copy_of(outcome).data, tmp_path)
    assert (streams.video, streams.audio) == ("h264", "aac")


@pytest.mark.parametrize(
    ("name", "coding", "size", "mime"),
    [
        # AVCHD and Blu-ray, with the hour before each packet; HDV; DV from a tape; a DVD; an old phone.
        ("a.m2ts", ["-c:v", "libx264", "-mpegts_m2ts_mode", "1", "-f", "mpegts"], (320, 180), "video/mp2t"),
        ("a.m2t", ["-c:v", "mpeg2video", "-r", "25", "-c:a", "mp2", "-f", "mpegts"], (320, 180), "video/mp2t"),
        ("a.dv", ["-target", "pal-dv", "-aspect", "16:9"], (1024, 576), "video/dv"),
        ("b.dv", ["-target", "ntsc-dv", "-aspect", "4:3"], (640, 480), "video/dv"),
        ("a.vob", ["-c:v", "mpeg2video", "-r", "25", "-c:a", "ac3", "-f", "vob"], (320, 180), "video/mpeg"),
        ("a.3gp", ["-c:v", "mpeg4", "-c:a", "aac", "-f", "3gp"], (320, 180), "video/3gpp"),
    ],
)
def test_films_of_camcorders_and_discs(
    film: Film, ffmpeg: str, tmp_path: Path, name: str, coding: list[str], size: tuple[int, int], mime: str
) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-f", "lavfi", "-i", "sine=r=48000:d=1"]
    data = film(name, *source, "-pix_fmt", "yuv420p" if "ntsc-dv" not in coding else "yuv411p", *coding)
    outcome = process(data)
    assert (outcome.kind, outcome.mime) == ("video", mime)
    assert outcome.duration_s == pytest.approx(1, abs=0.15)
    assert (outcome.width or 0, outcome.height or 0) == pytest.approx(size, abs=30)
    streams, _ = inside(ffmpeg, copy_of(outcome).data, tmp_path)
    assert (streams.video, streams.audio) == ("h264", "aac")


def test_a_transport_stream_with_check_bytes_plays(film: Film) -> None:
    plain = film("a.ts", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", *H264)
    checked = b"".join(plain[at : at + 188] + bytes(16) for at in range(0, len(plain), 188))
    assert process(checked).mime == "video/mp2t"
