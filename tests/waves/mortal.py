"""The operator, which dies right after it has written something: `python -m tests.waves.mortal COUNT operator ...`.

Its COUNTth write to the API server is done, and what it would have done next is not. Events do not count, nor reports
on policies: coverage is measured anew by every process, so these never end.
"""

import os
import re
import sys
from typing import Any

from tracereach.cli import main
from tracereach.cluster.client import ApiServer

_EXIT_CODE = 9
_PASSED_OVER = re.compile(r"/events|/tracingpolicies/[^/]+/status")
_exchange = ApiServer._exchange


def die_after(count: int) -> None:
    """Let the process end after so many writes."""
    left = count

    async def exchange(self: ApiServer, method: str, path: str, *rest: Any, **more: Any) -> Any:
        nonlocal left
        answer = await _exchange(self, method, path, *rest, **more)
        if method != "GET" and not _PASSED_OVER.search(path):
            left -= 1
            if left == 0:
                os._exit(_EXIT_CODE)
        return answer

    ApiServer._exchange = exchange  # type: ignore[method-assign]


if __name__ == "__main__":
    die_after(int(sys.argv.pop(1)))
    main()
