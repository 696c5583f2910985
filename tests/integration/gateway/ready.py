"""Waiting for a process that serves HTTP."""

import asyncio

import aiohttp


async def answers(url: str, process: asyncio.subprocess.Process, *, seconds: float) -> None:
    """Wait until `url` is answered with 200; fails where `process` ends before, or time is up."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(seconds):
        while True:
            assert process.returncode is None, f"the process behind {url} ended by itself"
            try:
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
