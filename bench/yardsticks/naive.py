"""What people write today: OpenAI's client, a semaphore, and a file for each picture."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

from openai import AsyncOpenAI

from bench.yardsticks.weaving import run


async def weave(base_url: str, folder: Path, *, pictures: int, in_flight: int) -> None:
    client = AsyncOpenAI(api_key="sk-bench", base_url=base_url, timeout=600)
    slots = asyncio.Semaphore(in_flight)

    async def one(number: int) -> None:
        async with slots:
            answer = await client.images.generate(model="gpt-image-2", prompt=f"picture {number}", size="1024x1024")
            assert answer.data
            assert answer.data[0].b64_json
            (folder / f"{number}.png").write_bytes(base64.b64decode(answer.data[0].b64_json))

    await asyncio.gather(*(one(number) for number in range(pictures)))
    await client.close()


if __name__ == "__main__":
    run(weave)
