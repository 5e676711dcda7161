"""Sky, far land and ground, painted with numbers. Everything is drawn small and smooth, then enlarged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Floats = NDArray[np.float64]
Colour = tuple[int, int, int]

SKIES: dict[str, tuple[Colour, Colour, Colour]] = {
    "day": ((74, 144, 217), (150, 203, 240), (226, 240, 245)),
    "sunrise": ((92, 128, 190), (244, 178, 160), (255, 226, 178)),
    "sunset": ((62, 60, 120), (226, 108, 90), (255, 192, 110)),
    "night": ((8, 12, 34), (24, 34, 78), (58, 66, 118)),
}
LANDS: dict[str, tuple[Colour, Colour]] = {
    "field": ((120, 176, 92), (72, 132, 66)),
    "forest": ((84, 134, 78), (46, 92, 56)),
    "mountain": ((128, 160, 104), (84, 118, 78)),
    "sea": ((238, 216, 164), (214, 184, 128)),
    "city": ((112, 114, 124), (74, 76, 88)),
    "desert": ((234, 190, 120), (200, 148, 82)),
    "space": ((142, 140, 150), (92, 90, 104)),
    "room": ((176, 128, 88), (128, 88, 58)),
}
FAR: dict[str, Colour] = {
    "field": (94, 142, 104),
    "forest": (50, 98, 74),
    "mountain": (96, 112, 146),
    "sea": (44, 122, 168),
    "city": (74, 84, 114),
    "desert": (208, 152, 96),
    "space": (70, 68, 86),
    "room": (214, 190, 162),
}
SNOW: Colour = (238, 243, 250)


def horizon_of(setting: str) -> float:
    """Where the ground begins, as a share of the height."""
    return {"space": 0.72, "room": 0.68, "sea": 0.6, "city": 0.68, "mountain": 0.7}.get(setting, 0.62)


def paint(setting: str, time: str, weather: str, size: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    """The place without its things, in RGB."""
    horizon = int(size[1] * horizon_of(setting))
    if setting == "room":
        picture = _room(size, horizon, time, chance)
    else:
        picture = _sky(size, "night" if setting == "space" else time, weather)
        _lights(picture, horizon, setting, time, weather, chance)
        if setting != "space" and weather != "rain":
            _clouds(picture, horizon, time, chance)
        _far_land(picture, horizon, setting, time, weather, chance)
        _ground(picture, horizon, setting, time, weather, chance)
    return picture


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second, strict=True))  # type: ignore[return-value]


def lit(colour: Colour, time: str) -> Colour:
    """The colour as the time of day shows it."""
    tint, share = {
        "day": ((255, 255, 255), 0.0),
        "sunrise": ((255, 196, 150), 0.22),
        "sunset": ((210, 96, 70), 0.32),
        "night": ((18, 26, 64), 0.62),
    }[time]
    return _mix(colour, tint, share)


def gradient(size: tuple[int, int], stops: tuple[Colour, ...]) -> Image.Image:
    width, height = size
    places = np.linspace(0, len(stops) - 1, max(height, 1))
    channels = [np.interp(places, range(len(stops)), [stop[c] for stop in stops]) for c in range(3)]
    column = np.stack(channels, axis=-1).astype(np.uint8)[:, None, :]
    return Image.fromarray(np.repeat(column, max(width, 1), axis=1))


def _sky(size: tuple[int, int], time: str, weather: str) -> Image.Image:
    stops = SKIES[time]
    if weather in ("rain", "fog"):
        grey: Colour = (38, 42, 56) if time == "night" else (150, 158, 168)
        stops = tuple(_mix(stop, grey, 0.55) for stop in stops)  # type: ignore[assignment]
    return gradient(size, stops)


def _lights(
    picture: Image.Image, horizon: int, setting: str, time: str, weather: str, chance: np.random.Generator
) -> None:
    width, height = picture.size
    if (time == "night" or setting == "space") and weather == "clear":
        pixels = np.asarray(picture).copy()
        for _ in range(int(width * height / (700 if setting == "space" else 1800))):
            x, y = int(chance.integers(width)), int(chance.integers(max(1, horizon)))
            pixels[y, x] = np.minimum(255, pixels[y, x].astype(int) + int(chance.integers(60, 220)))
        picture.paste(Image.fromarray(pixels))
    if weather != "clear":
        return
    radius = int(height * (0.075 if time == "night" else 0.06))
    x = int(width * chance.uniform(0.15, 0.85))
    low = time in ("sunset", "sunrise")
    y = int(horizon * (chance.uniform(0.72, 0.86) if low else chance.uniform(0.16, 0.34)))
    colour: Colour = (246, 244, 226) if time == "night" else (255, 238, 190) if low else (255, 250, 226)
    _glow(picture, (x, y), radius, colour)


def _glow(picture: Image.Image, centre: tuple[int, int], radius: int, colour: Colour) -> None:
    width, height = picture.size
    ys, xs = np.mgrid[0:height, 0:width]
    distance = np.hypot(xs - centre[0], ys - centre[1]) / max(radius, 1)
    halo = np.exp(-np.maximum(distance - 1, 0) * 0.55) * 0.55
    disc = np.clip((1.04 - distance) * radius / 2, 0, 1)
    share = np.maximum(disc, halo * 0.75)[..., None]
    pixels = np.asarray(picture).astype(np.float64)
    picture.paste(Image.fromarray((pixels + (np.array(colour) - pixels) * share).astype(np.uint8)))


def _noise(size: tuple[int, int], cells: int, chance: np.random.Generator) -> Floats:
    """Smooth noise from 0 to 1: random cells, enlarged, in three octaves."""
    width, height = size
    total = np.zeros((height, width))
    for octave, share in ((1, 0.6), (2, 0.28), (4, 0.12)):
        grid = chance.random((max(2, cells * octave * height // max(width, 1) + 1), cells * octave + 1))
        layer = Image.fromarray((grid * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=np.float64) / 255 * share
    return total


def _clouds(picture: Image.Image, horizon: int, time: str, chance: np.random.Generator) -> None:
    width = picture.size[0]
    size = (width, max(2, horizon))
    cover = np.clip((_noise(size, 5, chance) - 0.56) * 4.2, 0, 1) * np.linspace(1, 0.25, size[1])[:, None]
    colour = {"day": 255, "sunrise": 250, "sunset": 240, "night": 70}[time]
    tint = lit((colour, colour, colour), "sunset" if time == "sunset" else "day")
    pixels = np.asarray(picture).astype(np.float64)
    share = (cover * (0.35 if time == "night" else 0.75))[..., None]
    pixels[: size[1]] += (np.array(tint) - pixels[: size[1]]) * share
    picture.paste(Image.fromarray(pixels.astype(np.uint8)))


def _ridge(width: int, rough: float, chance: np.random.Generator) -> Floats:
    """A skyline from 0 to 1 of sums of waves."""
    x = np.linspace(0, 1, width)
    line = np.zeros(width)
    for octave in range(1, 7):
        line += np.sin(2 * np.pi * (x * octave * chance.uniform(0.7, 1.6) + chance.random())) * rough**octave
    low, high = float(line.min()), float(line.max())
    return (line - low) / max(high - low, 1e-9)


def _far_land(
    picture: Image.Image, horizon: int, setting: str, time: str, weather: str, chance: np.random.Generator
) -> None:
    painters: dict[str, Callable[[ImageDraw.ImageDraw, int, int, Colour, float, np.random.Generator], None]] = {
        "city": _buildings,
        "forest": _trees,
    }
    before = picture.copy()
    draw = ImageDraw.Draw(picture)
    sky = SKIES["night" if setting == "space" else time][2]
    layers = 3
    for layer in range(layers):
        near = (layer + 1) / layers
        colour = _mix(sky, lit(FAR[setting], time), 0.3 + 0.6 * near)
        if weather == "snow":
            colour = _mix(colour, SNOW, 0.45)
        painter = painters.get(setting)
        if setting == "sea":
            _water(picture, horizon, time, chance)
            return
        if painter is not None:
            painter(draw, picture.size[0], horizon, colour, near, chance)
            continue
        _hills(draw, picture.size, horizon, colour, near, setting, chance)
    if setting == "city" and time in ("night", "sunset"):
        _windows(picture, horizon, before, chance)


def _hills(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    horizon: int,
    colour: Colour,
    near: float,
    setting: str,
    chance: np.random.Generator,
) -> None:
    width, height = size
    tall = {"mountain": 0.42, "desert": 0.12, "space": 0.1}.get(setting, 0.16) * height * (1.25 - 0.8 * near)
    rough = 0.72 if setting == "mountain" else 0.45
    line = horizon - _ridge(width, rough, chance) * tall + height * 0.02
    points = [(x, float(y)) for x, y in enumerate(line)]
    draw.polygon([(0, height), *points, (width, height)], fill=colour)
    if setting == "mountain" and near < 0.7:
        # Snow where the ridge is highest.
        limit = horizon - tall * 0.62
        for x, y in points:
            if y < limit:
                draw.line([(x, y), (x, y + (limit - y) * 0.55)], fill=_mix(colour, SNOW, 0.75))


def _buildings(
    draw: ImageDraw.ImageDraw, width: int, horizon: int, colour: Colour, near: float, chance: np.random.Generator
) -> None:
    x = -int(chance.integers(0, 30))
    while x < width:
        across = int(width * chance.uniform(0.04, 0.09) * (0.7 + near))
        tall = int(horizon * chance.uniform(0.16, 0.62) * (1.25 - 0.55 * near))
        draw.rectangle([x, horizon - tall, x + across, horizon + 4], fill=colour)
        x += across + int(chance.integers(0, max(2, width // 60)))


def _windows(picture: Image.Image, horizon: int, before: Image.Image, chance: np.random.Generator) -> None:
    """Lights, only where buildings have been drawn over the sky."""
    built = np.any(np.asarray(picture) != np.asarray(before), axis=-1)
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    step = max(4, height // 70)
    colours = [(255, 214, 130), (255, 176, 96), (140, 220, 255), (255, 120, 190)]
    for _ in range(width * horizon // (step * step * 6)):
        x = int(chance.integers(0, max(1, width // step))) * step
        y = int(chance.integers(int(horizon * 0.5) // step, max(1, horizon // step) + 1)) * step
        colour = colours[int(chance.choice(4, p=[0.6, 0.24, 0.1, 0.06]))]
        if not built[max(0, y - step), min(x, width - 1)]:
            continue
        draw.rectangle([x, y, x + step // 2, y + step // 2], fill=colour)


def _trees(
    draw: ImageDraw.ImageDraw, width: int, horizon: int, colour: Colour, near: float, chance: np.random.Generator
) -> None:
    step = max(3, int(width * 0.022 * (0.6 + near)))
    for x in range(-step, width + step, step):
        tall = horizon * chance.uniform(0.22, 0.4) * (0.55 + 0.55 * near)
        across = step * chance.uniform(0.9, 1.5)
        base = horizon + horizon * 0.03 * near
        for tier in range(3):
            top = base - tall + tall * 0.24 * tier
            half = across * (0.5 + 0.28 * tier)
            draw.polygon([(x, top), (x - half, top + tall * 0.46), (x + half, top + tall * 0.46)], fill=colour)
        draw.rectangle([x - across * 0.12, base - tall * 0.2, x + across * 0.12, base], fill=colour)


def _water(picture: Image.Image, horizon: int, time: str, chance: np.random.Generator) -> None:
    width, height = picture.size
    shore = int(height * 0.8)
    deep, shallow = lit((28, 96, 146), time), lit((104, 190, 200), time)
    band = gradient((width, max(2, shore - horizon)), (_mix(deep, SKIES[time][2], 0.35), deep, shallow))
    picture.paste(band, (0, horizon))
    draw = ImageDraw.Draw(picture)
    for _ in range(140):
        y = int(chance.integers(horizon + 2, max(shore, horizon + 3)))
        reach = width * 0.05 * (0.3 + (y - horizon) / max(1, shore - horizon))
        x = int(chance.integers(0, width))
        draw.line([(x, y), (x + reach, y)], fill=_mix(shallow, (255, 255, 255), 0.35), width=max(1, height // 400))


def _ground(
    picture: Image.Image, horizon: int, setting: str, time: str, weather: str, chance: np.random.Generator
) -> None:
    width, height = picture.size
    top = int(height * 0.8) if setting == "sea" else horizon
    light, dark = LANDS[setting]
    if weather == "snow":
        light, dark = SNOW, (200, 212, 230)
    elif weather == "rain":
        light, dark = _mix(light, (60, 70, 84), 0.3), _mix(dark, (40, 48, 60), 0.35)
    land = gradient((width, max(2, height - top)), (lit(light, time), lit(dark, time)))
    texture = (_noise(land.size, 14, chance) - 0.5)[..., None] * 34
    pixels = np.clip(np.asarray(land).astype(np.float64) + texture, 0, 255).astype(np.uint8)
    edge = Image.new("L", land.size, 255)
    line = _ridge(width, 0.5, chance) * max(3, height * 0.02)
    mask = np.asarray(edge).copy()
    mask[np.arange(land.size[1])[:, None] < line[None, :]] = 0
    picture.paste(Image.fromarray(pixels), (0, top), Image.fromarray(mask).filter(ImageFilter.GaussianBlur(1)))


def _room(size: tuple[int, int], horizon: int, time: str, chance: np.random.Generator) -> Image.Image:
    width, height = size
    walls: list[Colour] = [(222, 206, 182), (186, 204, 200), (214, 190, 196), (196, 200, 222)]
    wall = lit(walls[int(chance.integers(len(walls)))], time)
    picture = gradient(size, (_mix(wall, (255, 255, 255), 0.18), wall))
    floor = gradient((width, height - horizon), (lit(LANDS["room"][0], time), lit(LANDS["room"][1], time)))
    picture.paste(floor, (0, horizon))
    draw = ImageDraw.Draw(picture)
    for number in range(1, 6):
        y = horizon + (height - horizon) * (number / 6) ** 1.6
        draw.line(
            [(0, y), (width, y)], fill=_mix(lit(LANDS["room"][1], time), (0, 0, 0), 0.18), width=max(1, height // 300)
        )
    left = int(width * chance.uniform(0.1, 0.6))
    box = (left, int(height * 0.12), left + int(width * 0.28), int(height * 0.46))
    view = gradient((box[2] - box[0], box[3] - box[1]), SKIES[time])
    picture.paste(view, box[:2])
    frame = max(3, height // 90)
    draw.rectangle(box, outline=(250, 246, 238), width=frame)
    draw.line([((box[0] + box[2]) // 2, box[1]), ((box[0] + box[2]) // 2, box[3])], fill=(250, 246, 238), width=frame)
    draw.rectangle([0, horizon - max(4, height // 60), width, horizon], fill=_mix(wall, (255, 255, 255), 0.45))
    return picture
