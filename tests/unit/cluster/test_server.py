import pytest

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.cluster.server import server_version


@pytest.mark.parametrize(("minor", "expected"), [("36", (1, 36)), ("31+", (1, 31))])
async def test_the_version_is_two_numbers(minor: str, expected: tuple[int, int]) -> None:
    assert await server_version(RecordingApi({"major": "1", "minor": minor})) == expected


async def test_what_is_no_version_is_named() -> None:
    with pytest.raises(ValueError, match="'unknown' is no version"):
        await server_version(RecordingApi({"major": "1", "minor": "unknown"}))
