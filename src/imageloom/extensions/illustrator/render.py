"""Puts a scene's things into its place: scaled by depth, with a shadow, under one light. Deterministic."""

from __future__ import annotations

import colorsys
from hashlib import blake2b
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from imageloom.extensions.illustrator import backdrop
from imageloom.extensions.illustrator.lexicon import COLOURS
from imageloom.extensions.illustrator.library import drawing
from imageloom.extensions.illustrator.reading import Scene, Subject, read

BACKDROP_SIDE = 640
COPIES_MAX = 7
_FLYING_SUBGROUPS = frozenset({"transport-air", "sky-weather", "sky & weather", "animal-bug"})
_FLYING = frozenset(
    [
        "hot-air-balloon",
        "sky-lantern",
        "balloon",
        "kite",
        "bird",
        "eagle",
        "dove",
        "bat",
        "butterfly",
        "honeybee",
        "parachute",
        "flying-saucer",
        "rocket",
        "airplane",
        "small-airplane",
        "helicopter",
        "phoenix",
        "dragon",
        "fireworks",
        "star",
        "glowing-star",
        "rainbow",
        "cloud",
        "fairy",
    ]
)
_GROUNDED_BIRDS = frozenset(
    [
        "penguin",
        "duck",
        "swan",
        "flamingo",
        "peacock",
        "turkey",
        "chicken",
        "rooster",
        "ant",
        "beetle",
        "spider",
        "scorpion",
        "snail",
    ]
)
_AFLOAT_SUBGROUPS = frozenset({"transport-water", "animal-marine"})


def draw_scene(prompt: str, *, seed: int, width: int, height: int, target: Path) -> Scene:
    """Writes a PNG. The same prompt, seed and size give the same bytes."""
    digest = blake2b(f"{seed}\0{prompt}".encode(), digest_size=8).digest()
    chance = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
    # What is in the picture follows from the prompt alone; the seed arranges it.
    words = blake2b(prompt.encode(), digest_size=8).digest()
    scene = read(prompt, np.random.Generator(np.random.PCG64(int.from_bytes(words, "big"))))
    scale = min(1.0, BACKDROP_SIDE / max(width, height))
    small = (max(16, round(width * scale)), max(16, round(height * scale)))
    picture = backdrop.paint(scene.setting, scene.time, scene.weather, small, chance)
    canvas = picture.resize((width, height), Image.Resampling.BICUBIC).convert("RGB")
    _place(canvas, scene, chance)
    _weather(canvas, scene, chance)
    _finish(canvas, chance).save(target, "PNG", compress_level=3)
    return scene


def _place(canvas: Image.Image, scene: Scene, chance: np.random.Generator) -> None:
    """Far things first. The first thing that the prompt names stands in the middle, largest."""
    width, height = canvas.size
    spots: list[tuple[float, float, float, Subject, bool]] = []
    horizon = backdrop.horizon_of(scene.setting)
    total = sum(min(subject.count, COPIES_MAX) for subject in scene.subjects)
    number = 0
    for rank, subject in enumerate(scene.subjects):
        for _copy in range(min(subject.count, COPIES_MAX)):
            flies = _flies(subject, scene)
            lane = (number + 0.5) / total
            x = (0.5 if total == 1 else 0.12 + 0.76 * lane) + chance.uniform(-0.05, 0.05)
            depth = chance.uniform(0.72, 1.0) if rank else chance.uniform(0.9, 1.0)
            if flies:
                y = chance.uniform(0.2, max(0.24, horizon - 0.12))
            elif scene.setting == "sea" and subject.thing.subgroup in _AFLOAT_SUBGROUPS:
                y = chance.uniform(0.68, 0.78)
            else:
                y = horizon + (1 - horizon) * (0.25 + 0.6 * (depth - 0.7) / 0.3)
            share = (0.46 if rank == 0 else 0.3) * (1.0 if total <= 2 else 0.82 if total <= 4 else 0.62)
            spots.append((y, x, share * depth * (0.8 if flies else 1.0), subject, flies))
            number += 1
    for y, x, share, subject, flies in sorted(spots, key=lambda spot: (not spot[4], spot[0])):
        _put(canvas, scene, subject, (x * width, y * height), share * min(width, height), flies=flies, chance=chance)


def _flies(subject: Subject, scene: Scene) -> bool:
    thing = subject.thing
    if thing.id in _GROUNDED_BIRDS:
        return False
    if scene.setting == "space" and thing.group in ("travel-places", "objects"):
        return True
    return thing.id in _FLYING or thing.subgroup in _FLYING_SUBGROUPS


def _put(
    canvas: Image.Image,
    scene: Scene,
    subject: Subject,
    spot: tuple[float, float],
    size: float,
    *,
    flies: bool,
    chance: np.random.Generator,
) -> None:
    shape = drawing(subject.thing.id, 512 if size > 256 else 256)
    scale = max(8.0, size) / max(shape.size)
    shape = shape.resize(
        (max(2, round(shape.width * scale)), max(2, round(shape.height * scale))), Image.Resampling.LANCZOS
    )
    if chance.random() < 0.5 and subject.thing.group == "animals-nature":
        shape = shape.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if subject.colour is not None:
        shape = _coloured(shape, subject.colour)
    shape = _graded(shape, scene)
    x = round(min(max(spot[0], shape.width * 0.45), canvas.width - shape.width * 0.45) - shape.width / 2)
    y = round(spot[1] - (shape.height / 2 if flies else shape.height * 0.96))
    y = min(max(y, round(canvas.height * 0.02)), canvas.height - shape.height)
    if not flies:
        _shadow(canvas, shape, (x, y), scene)
    canvas.paste(shape, (x, y), shape)


def _shadow(canvas: Image.Image, shape: Image.Image, place: tuple[int, int], scene: Scene) -> None:
    """A soft pool under the thing, drawn out away from the light."""
    width, height = round(shape.width * 1.3), max(4, round(shape.height * 0.2))
    pool = Image.new("L", (width + 40, height + 40), 0)
    strength = {"day": 120, "sunrise": 100, "sunset": 120, "night": 150}[scene.time]
    ImageDraw.Draw(pool).ellipse([20, 20, 20 + width, 20 + height], fill=strength)
    pool = pool.filter(ImageFilter.GaussianBlur(max(2, height / 4)))
    left = place[0] + (shape.width - width) // 2 - 20 + round(shape.width * 0.06)
    top = place[1] + round(shape.height * 0.97) - height // 2 - 20
    canvas.paste(Image.new("RGB", pool.size, (12, 14, 28)), (left, top), pool)


def _coloured(shape: Image.Image, colour: str) -> Image.Image:
    """The thing in the colour that was asked for, its light and dark kept."""
    hue = COLOURS[colour][0]
    pixels = np.asarray(shape).astype(np.float64)
    grey = pixels[..., :3] @ np.array([0.3, 0.59, 0.11]) / 255
    if hue < 0:
        tone = 0.62 + 0.38 * grey if hue == -1.0 else 0.05 + 0.4 * grey
        rgb = np.repeat(tone[..., None], 3, axis=2) * 255
    else:
        full = np.array(colorsys.hsv_to_rgb(hue, 0.85, 1.0)) * 255
        light = np.clip(grey * 1.5, 0, 1)[..., None]
        shine = np.clip((grey - 0.72) * 3, 0, 1)[..., None]
        rgb = full * light * (1 - shine) + 255 * shine
    mixed = pixels[..., :3] * 0.15 + rgb * 0.85
    return Image.fromarray(np.dstack([mixed, pixels[..., 3]]).clip(0, 255).astype(np.uint8), "RGBA")


def _graded(shape: Image.Image, scene: Scene) -> Image.Image:
    """Under the scene's light: warm at the ends of the day, blue at night, and darker towards the foot."""
    tint, share = {
        "day": ((255, 252, 240), 0.04),
        "sunrise": ((255, 200, 150), 0.14),
        "sunset": ((255, 140, 90), 0.2),
        "night": ((40, 54, 110), 0.34),
    }[scene.time]
    pixels = np.asarray(shape).astype(np.float64)
    pixels[..., :3] += (np.array(tint) - pixels[..., :3]) * share
    pixels[..., :3] *= np.linspace(1.04, 0.86, shape.height)[:, None, None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGBA")


def _weather(canvas: Image.Image, scene: Scene, chance: np.random.Generator) -> None:
    width, height = canvas.size
    if scene.weather == "clear":
        return
    layer = Image.new("L", canvas.size, 0)
    draw = ImageDraw.Draw(layer)
    unit = max(width, height) / 1024
    if scene.weather == "fog":
        haze = backdrop.gradient(canvas.size, ((60, 60, 60), (150, 150, 150), (70, 70, 70))).convert("L")
        canvas.paste(Image.new("RGB", canvas.size, (214, 220, 226)), (0, 0), haze)
        return
    for _ in range(420):
        x, y = float(chance.uniform(-0.1, 1)) * width, float(chance.uniform(-0.1, 1)) * height
        if scene.weather == "rain":
            reach = chance.uniform(16, 44) * unit
            draw.line(
                [(x, y), (x + reach * 0.28, y + reach)],
                fill=int(chance.integers(50, 130)),
                width=max(1, round(unit * 1.4)),
            )
        else:
            radius = chance.uniform(1.2, 5.0) * unit
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=int(chance.integers(120, 240)))
    colour = (206, 220, 240) if scene.weather == "rain" else (255, 255, 255)
    canvas.paste(Image.new("RGB", canvas.size, colour), (0, 0), layer.filter(ImageFilter.GaussianBlur(0.6 * unit)))


def _finish(canvas: Image.Image, chance: np.random.Generator) -> Image.Image:
    """A vignette and a grain that take the smoothness off."""
    width, height = canvas.size
    x = np.linspace(-1, 1, width)[None, :] ** 2
    y = np.linspace(-1, 1, height)[:, None] ** 2
    shade = (1 - 0.16 * np.clip(x + y - 0.5, 0, 1.5)).astype(np.float32)
    tile = chance.normal(0, 2.2, (128, 128)).astype(np.float32)
    grain = np.tile(tile, (height // 128 + 1, width // 128 + 1))[:height, :width]
    pixels = np.asarray(canvas).astype(np.float32) * shade[..., None] + grain[..., None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
