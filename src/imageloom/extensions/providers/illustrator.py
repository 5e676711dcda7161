"""The illustrator: draws picture-book scenes on this machine, offline, without a key and without an AI model."""

from __future__ import annotations

from dataclasses import dataclass

from imageloom.contracts.provider import BlobRef, Done, Fault, ImageRequest, Limits, LocalIO, Model, Sizes

NOTE = (
    "Draws picture-book scenes from an open library of 1,369 drawings, found by their names in 46 languages. "
    "No AI model: it knows things, colours, counts, places, times of day and weather, and nothing of style or likeness."
)


@dataclass(frozen=True)
class Illustrator:
    """See :class:`imageloom.contracts.provider.LocalProvider`."""

    id: str = "illustrator"
    title: str = "Illustrator"
    limits: Limits = Limits(concurrency=2)
    models: tuple[Model, ...] = (
        Model(
            id="scene-1",
            title="Illustrator",
            sizes=Sizes(default="1024x1024", min_side=64, max_side=2048),
            seed="deterministic",
            formats=("png",),
            note=NOTE,
            expected_seconds=1.5,
        ),
    )

    def run(self, request: ImageRequest, io: LocalIO) -> Done | Fault:
        # Imported here: the catalogue needs the facts above in every process, the drawing only in workers.
        from imageloom.extensions.illustrator.render import draw_scene

        seed = request.seed or 0
        path = io.folder / "picture.png"
        width, height = request.width or 1024, request.height or 1024
        scene = draw_scene(request.prompt, seed=seed, width=width, height=height, target=path)
        picture = BlobRef(path=path, size_bytes=path.stat().st_size, media_type="image/png")
        return Done(pictures=(picture,), seed=seed, metadata={"scene": scene.document()})


PROVIDER = Illustrator()
