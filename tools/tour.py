"""Walks the tour of docs/guides in a real browser and keeps its pictures in docs/pictures: ``python -m tools.tour``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import run
from tools import page
from tools.upstream.client import Upstream

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH = 1_200
"""Pixels: what a text column of twice the density shows."""
QUALITY = 82
FIRST_LANGUAGE = ".en-US"
"""Its pictures carry no language in their names, as its texts do not."""


def main() -> int:
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        print("There is no Chromium here. On Debian and Ubuntu: apt install chromium fonts-noto-cjk")
        return 2
    environment = page.tools(run.find_uv)
    page.install(environment)
    if not page.is_fresh():
        page.build(say=print, find_uv=run.find_uv)
    with tempfile.TemporaryDirectory() as folder, Upstream("--latency", "0.02") as upstream:
        shots = Path(folder) / "shots"
        environment |= {
            "CHROMIUM": browser,
            "STUDIO_OPENAI": upstream.openai,
            "STUDIO_PYTHON": sys.executable,
            "STUDIO_RESULTS": str(Path(folder) / "results"),
            "STUDIO_SHOTS": str(shots),
        }
        walked = subprocess.run(["npx", "playwright", "test", "tour"], cwd=page.WEB, env=environment, check=False)
        for shot in sorted(shots.glob("tour-*.png")):
            print(keep(shot).name)
    return walked.returncode


def keep(shot: Path) -> Path:
    target = PICTURES / (shot.stem.replace(FIRST_LANGUAGE, "") + ".webp")
    with Image.open(shot) as image:
        image.thumbnail((WIDTH, WIDTH * 2))
        image.save(target, "WEBP", quality=QUALITY, method=6)
    return target


if __name__ == "__main__":
    raise SystemExit(main())
