"""The operator, which dies right after it has written something: `python -m tests.waves.mortal COUNT operator ...`.

Its COUNTth write to the API server, events aside, is done, and what it would have done next is not.
"""

import os
import sys
from typing import Any

from tracereach.cli import main
from tracereach.cluster.client import ApiServer

_EXIT_CODE = 9
_exchange = ApiServer._exchange


def die_after(count: int) -> None:
    """Let the process end after so many writes."""
    left = count

    async def exchange(self: ApiServer, method: str, path: str, *rest: Any, **more: Any) -> Any:
        nonlocal left
        answer = await _exchange(self, method, path, *rest, **more)
        if method != "GET" and "/events" not in path:
            left -= 1
            if left == 0:
                os._exit(_EXIT_CODE)
        return answer

    ApiServer._exchange = exchange  # type: ignore[method-assign]


if __name__ == "__main__":
    die_after(int(sys.argv.pop(1)))
    main()
