"""Reads the body of an answer, but never more of it than fits."""

import aiohttp

LARGEST = 64 * 1024 * 1024
"""Bytes of all counters, decompressed; a gateway has some hundred bytes for each edge."""


async def bounded_body(content: aiohttp.StreamReader, largest: int) -> bytes | None:
    """The whole body, or None where it has more than `largest` bytes."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > largest:
            return None
    return bytes(body)
