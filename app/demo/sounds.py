"""Sound for the demo box, made from nothing: wind, steps, birds, trains, sea, rain, fire and hummed tunes.

Everything is synthesised (ffmpeg's noise and expression sources, or plain arithmetic), so it is ours to give away.
Sound comes out as mono AAC in an `.m4a` file, as a phone records it.
"""

import math
import random
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import imageio_ffmpeg

RATE = 32000
HUM_RATE = 16000
SLOW = 120.0


class NoSound(RuntimeError):
    """ffmpeg could not make the file; the message is what it said."""


def pod_walk(seconds: float, seed: int = 0) -> bytes:
    """Return a walk out of doors as M4A bytes: wind, somebody's steps, birds, and a train that goes by.

    `seconds` is the length (2 to 3600); `seed` changes the pace, the birds and when the train comes.
    Raises `ValueError` for a length out of range, `NoSound` when ffmpeg fails.
    """
    return ambience("walk", seconds, seed)


def ambience(kind: str, seconds: float, seed: int = 0) -> bytes:
    """Return one of `KINDS` of background sound as M4A bytes of `seconds` (2 to 3600). Raises as `pod_walk` does."""
    return encode(["-filter_complex", graph(kind, seconds, seed), "-map", "[sound]", *AAC], ".m4a", seconds)


def hum(seconds: float, seed: int = 0) -> bytes:
    """Return somebody humming a tune of our own as M4A bytes of `seconds` (2 to 600).

    The tune walks up and down a five-note scale, so every `seed` is a different one and none is anybody else's.
    Raises `ValueError` for a length out of range, `NoSound` when ffmpeg fails.
    """
    if not 2 <= seconds <= 600:
        raise ValueError("a hum is between 2 seconds and 10 minutes long")
    source = ["-f", "s16le", "-ar", str(HUM_RATE), "-ac", "1", "-i", "pipe:0"]
    room = "aecho=0.8:0.6:41|73:0.22|0.14,lowpass=f=3800,alimiter=limit=0.9:level=0"
    return encode([*source, "-af", room, *AAC], ".m4a", seconds, _hummed(seconds, seed))


AAC = ["-c:a", "aac", "-b:a", "64k", "-ar", str(RATE), "-ac", "1"]
"""ffmpeg's words for the sound of a phone recording."""


def encode(words: Sequence[str], suffix: str, seconds: float, stdin: bytes = b"") -> bytes:
    """Run ffmpeg with `words`, cut at `seconds`, and return the file it wrote. Raises `NoSound` when it fails."""
    with tempfile.TemporaryDirectory(prefix="holdfast-demo-") as folder:
        made = Path(folder, "made" + suffix)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-v", "error"]
        command += [*words, "-t", f"{seconds:.3f}", "-map_metadata", "-1", "-fflags", "+bitexact"]
        command += ["-flags:a", "+bitexact", "-movflags", "+faststart", str(made)]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=SLOW + seconds * 4)
        if done.returncode or not made.exists():
            raise NoSound(done.stderr.decode(errors="replace")[-800:])
        return made.read_bytes()


def graph(kind: str, seconds: float, seed: int = 0) -> str:
    """Return an ffmpeg filter graph, with no inputs and one output `[sound]`, that plays `kind` for `seconds`.

    Raises `KeyError` for a kind that is not in `KINDS`, `ValueError` for a length outside 2 to 3600 seconds.
    """
    if not 2 <= seconds <= 3600:
        raise ValueError("a sound is between 2 seconds and an hour long")
    parts = KINDS[kind](seconds, random.Random(f"{kind}-{seed}"))
    labels = "".join(f"[part{number}]" for number in range(len(parts)))
    lines = [f"{part}[part{number}]" for number, part in enumerate(parts)]
    fade = f"afade=t=in:d=0.4,afade=t=out:st={seconds - 0.8:.2f}:d=0.8"
    mix = f"{labels}amix=inputs={len(parts)}:normalize=0:duration=longest,atrim=end={seconds:.3f},{fade}"
    return ";".join([*lines, f"{mix},alimiter=limit=0.85:level=0[sound]"])


def _noise(colour: str, loud: float, seconds: float, dice: random.Random) -> str:
    return f"anoisesrc=c={colour}:a={loud}:r={RATE}:d={seconds:.2f}:s={dice.randrange(1, 9999)}"


def _swell(low: float, high: float, period: float, phase: float) -> str:
    """Return a filter that lets a sound rise and fall between two volumes, as wind and waves do."""
    middle, half = (low + high) / 2, (high - low) / 2
    return (
        f"volume='{middle:.3f}+{half:.3f}*sin({2 * math.pi / period:.4f}*t+{phase:.2f})"
        f"*sin({2 * math.pi / (period * 2.7):.4f}*t)':eval=frame"
    )


def _loop(expression: str, length: float, seconds: float, rate: int = RATE) -> str:
    """Return a source that works `expression` out for `length` seconds once and then repeats it."""
    source = f"aevalsrc='{expression}':s={rate}:d={length:.4f}"
    return f"{source},aloop=loop=-1:size={int(length * rate)},atrim=end={seconds:.2f},aresample={RATE}"


def _wind(seconds: float, dice: random.Random, loud: float = 0.26) -> str:
    swell = _swell(0.25, 1.0, dice.uniform(7, 11), dice.uniform(0, 6))
    return f"{_noise('brown', loud, seconds, dice)},highpass=f=70,lowpass=f=620,{swell}"


def _leaves(seconds: float, dice: random.Random) -> str:
    swell = _swell(0.05, 0.7, dice.uniform(5, 9), dice.uniform(0, 6))
    return f"{_noise('pink', 0.09, seconds, dice)},highpass=f=2400,{swell}"


def _steps(seconds: float, dice: random.Random) -> str:
    stride = dice.uniform(0.52, 0.6)
    beat, scuff = f"mod(t,{stride:.4f})", f"mod(t+{stride * 0.86:.4f},{stride:.4f})"
    sway = f"(0.75+0.25*sin({math.pi / stride:.4f}*t+0.6))"
    heel, toe = f"0.85*exp(-46*{beat})", f"0.5*exp(-24*{scuff})*gt(random(1),0.55)"
    walking = _loop(f"(random(0)*2-1)*{sway}*({heel}+{toe})", stride * 16, seconds)
    # Now and then they stand still, as one does where there is something to tell.
    round_, still = dice.uniform(27, 35), dice.uniform(6, 9)
    paused = f"volume='1-0.94*gt(mod(t+{dice.uniform(0, 20):.2f},{round_:.2f}),{round_ - still:.2f})':eval=frame"
    return f"{walking},highpass=f=160,lowpass=f=2600,volume=1.7,{paused}"


def _birds(seconds: float, dice: random.Random, loud: float = 0.22) -> str:
    calls = []
    for number in range(7):
        start, pitch, trill = 0.6 + number * 3 + dice.uniform(0, 1.6), dice.uniform(2300, 4300), dice.uniform(5, 11)
        length, bend = dice.uniform(0.5, 1.3), dice.uniform(14, 40)
        voice = f"sin(2*PI*{pitch:.0f}*t+{bend:.0f}*sin(2*PI*{trill:.2f}*t))"
        calls.append(f"{voice}*between(t,{start:.2f},{start + length:.2f})*pow(sin(PI*{trill:.2f}*t),2)")
    sung = "+".join(calls)
    return f"{_loop(f'{loud}*({sung})', 23, seconds, 12000)},aecho=0.7:0.5:90:0.2"


def _train(seconds: float, dice: random.Random) -> str:
    when, near = seconds * dice.uniform(0.5, 0.7), min(6.0, seconds / 5)
    away = f"exp(-pow((t-{when:.2f})/{near:.2f},2))"
    clack = "(exp(-30*mod(t,0.82))+0.8*exp(-30*mod(t+0.64,0.82)))"
    horn_at = max(when - near * 1.4, 0.2)
    horn = f"0.1*between(t,{horn_at:.2f},{horn_at + 0.9:.2f})*(sin(2*PI*311*t)+sin(2*PI*370*t))"
    source = f"aevalsrc='{away}*(random(0)*2-1)*(0.5+0.6*{clack})+{horn}':s=8000:d={seconds:.2f}"
    return f"{source},lowpass=f=900,volume=3,aecho=0.7:0.5:120:0.25,aresample={RATE}"


def _walk(seconds: float, dice: random.Random) -> list[str]:
    return [_wind(seconds, dice), _leaves(seconds, dice), _steps(seconds, dice), _birds(seconds, dice),
            _train(seconds, dice)]  # fmt: skip


def _park(seconds: float, dice: random.Random) -> list[str]:
    return [_wind(seconds, dice, 0.3), _leaves(seconds, dice), _birds(seconds, dice, 0.3)]


def _sea(seconds: float, dice: random.Random) -> list[str]:
    wave, wash = _swell(0.1, 1.0, 6.5, 0), _swell(0.02, 0.8, 6.5, 1.2)
    gull = "0.05*sin(2*PI*(1500-260*mod(t,0.5))*t)*exp(-5*mod(t,0.5))*between(t,3,5)"
    return [
        f"{_noise('brown', 0.8, seconds, dice)},highpass=f=60,lowpass=f=900,{wave}",
        f"{_noise('pink', 0.22, seconds, dice)},highpass=f=1200,{wash}",
        _loop(gull, 9, seconds),
    ]


def _rain(seconds: float, dice: random.Random) -> list[str]:
    drops = "gt(random(0),0.9992)*(random(1)*2-1)*0.8"
    hiss = f"{_noise('white', 0.05, seconds, dice)},highpass=f=900,lowpass=f=7000"
    hum_of_road = f"{_noise('brown', 0.45, seconds, dice)},lowpass=f=210"
    return [hiss, hum_of_road, f"{_loop(drops, 5, seconds)},bandpass=f=2600:w=2600"]


def _fire(seconds: float, dice: random.Random) -> list[str]:
    crackle = "gt(random(0),0.9995)*(random(1)*2-1)"
    return [
        f"{_noise('brown', 0.3, seconds, dice)},lowpass=f=380,{_swell(0.4, 1, 3, 0)}",
        f"{_loop(crackle, 7, seconds)},highpass=f=1500,volume=1.6",
        f"{_noise('pink', 0.02, seconds, dice)},highpass=f=3000",
    ]


def _crowd(seconds: float, dice: random.Random) -> list[str]:
    murmur = [f"{_noise('pink', 0.3, seconds, dice)},bandpass=f={pitch}:w={pitch * 0.7:.0f},{_swell(0.2, 1, slow, 0)}"
              for pitch, slow in ((420, 3.1), (760, 2.3), (1250, 1.7))]  # fmt: skip
    return [*murmur, f"{_noise('brown', 0.2, seconds, dice)},lowpass=f=300"]


def _beat(seconds: float, dice: random.Random) -> list[str]:
    half = dice.uniform(0.27, 0.31)
    bar = half * 8
    kick = f"0.9*sin(2*PI*(46+70*exp(-40*mod(t,{half * 4:.4f})))*mod(t,{half * 4:.4f}))*exp(-9*mod(t,{half * 4:.4f}))"
    snare = f"0.6*(random(0)*2-1)*exp(-20*mod(t+{half * 2:.4f},{half * 4:.4f}))"
    hat = f"0.22*(random(1)*2-1)*exp(-60*mod(t,{half:.4f}))"
    crash = "0.3*(random(2)*2-1)*exp(-3*t)"
    return [f"{_loop(f'{kick}+{snare}+{hat}+{crash}', bar, seconds)},aecho=0.8:0.5:47:0.2"]


KINDS: dict[str, Callable[[float, random.Random], list[str]]] = {
    "walk": _walk,
    "park": _park,
    "sea": _sea,
    "rain": _rain,
    "fire": _fire,
    "crowd": _crowd,
    "beat": _beat,
}
"""The background sounds there are, by name."""


def _hummed(seconds: float, seed: int) -> bytes:
    """Return the hummed tune as 16-bit mono samples at `HUM_RATE`."""
    dice = random.Random(f"hum-{seed}")
    scale = [0, 2, 4, 7, 9, 12, 14]
    home = dice.choice((196.0, 220.0, 246.9))
    beat, step, clock = dice.uniform(0.4, 0.5), 2, 0.0
    samples = array("h", bytes(2 * int(seconds * HUM_RATE)))
    phase, pitch = 0.0, home
    while clock < seconds:
        length = beat * dice.choice((1, 1, 1, 2, 1, 3))
        pull = 1 if step < 2 else -1 if step > 4 else 0
        step = min(max(step + (pull or dice.choice((-2, -1, -1, 1, 1, 2))), 0), len(scale) - 1)
        rest = clock > 2 and dice.random() < 0.1
        aim = home * 2 ** (scale[step] / 12)
        start, end = int(clock * HUM_RATE), min(int((clock + length) * HUM_RATE), len(samples))
        for index in range(start, start if rest else end):
            at = (index - start) / HUM_RATE
            pitch += (aim - pitch) * 0.0016
            wobble = 1 + 0.006 * math.sin(33 * at) * min(at * 3, 1)
            phase += 2 * math.pi * pitch * wobble / HUM_RATE
            swell = min(at / 0.07, 1.0, (length - at) / 0.12)
            voice = 0.7 * math.sin(phase) + 0.24 * math.sin(2 * phase) + 0.08 * math.sin(3 * phase)
            samples[index] = int(17000 * max(swell, 0.0) * voice)
        clock += length
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
