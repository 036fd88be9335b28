"""Photos of 12 megapixels, as phones take them: made of real ones where those are here, else made up."""

from pathlib import Path

import pyvips
from pillow_heif import open_heif

REAL = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "photos-with-location"
LONG, SHORT = 4032, 3024
QUALITY = 92
MANY = 4


def twelve_megapixels(folder: Path) -> list[Path]:
    """A few JPEGs of 4032 × 3024 pixels in `folder`, about 2 MB each."""
    found = sorted(REAL.glob("*.[hH][eE][iI]*")) if REAL.is_dir() else []
    files = []
    for number, picture in enumerate([*map(_real, found)] or [_made_up(seed) for seed in range(MANY)]):
        upright = picture.height > picture.width
        width, height = (SHORT, LONG) if upright else (LONG, SHORT)
        files.append(folder / f"{number}.jpg")
        picture.thumbnail_image(width, height=height, crop="centre").jpegsave(str(files[-1]), Q=QUALITY)
    said = "real photos, cut to size" if found else "made-up photos: shared/corpora is not here"
    print(f"{len(files)} {said}, {sum(file.stat().st_size for file in files) / len(files) / 1e6:.1f} MB each.")
    return files


def _real(file: Path) -> pyvips.Image:
    heif = open_heif(file, convert_hdr_to_8bit=True)
    return pyvips.Image.new_from_memory(heif.data, *heif.size, 3, "uchar").copy(interpretation="srgb")


def _made_up(seed: int) -> pyvips.Image:
    """Clouds in three colours at several sizes, and the grain of a small sensor."""
    bands = []
    for band in range(3):
        layers = [
            pyvips.Image.perlin(LONG, SHORT, cell_size=size, seed=seed * 100 + band * 10 + number) * share
            for number, (size, share) in enumerate(((1024, 70), (256, 40), (48, 25), (8, 10)))
        ]
        grain = pyvips.Image.gaussnoise(LONG, SHORT, mean=128, sigma=4, seed=seed * 7 + band)
        bands.append(pyvips.Image.sum(layers) + grain)
    joined = bands[0].bandjoin(bands[1:])
    return joined.cast("uchar").copy(interpretation="srgb").copy_memory()
