"""Sends the last spans of a program that ends by raising a signal on itself. Called by `tracereach_agent`.

Servers such as uvicorn shut down in order on SIGTERM, and then raise it once more for the default action, which skips
everything that runs at exit. A signal from outside is not caught: Python runs a handler only between two steps of the
main thread, so a program that is busy in compiled code would no longer end at once.
"""

import functools
import signal
import threading
from collections.abc import Callable

_SECONDS = 2.0


def flush_before_raised_signals(flush: Callable[[], object]) -> None:
    """Make `signal.raise_signal` call `flush` first, where the signal is about to take its default action."""
    raise_signal = signal.raise_signal

    @functools.wraps(raise_signal)
    def flush_and_raise(signalnum: int, /) -> None:
        if signal.getsignal(signalnum) is signal.SIG_DFL:
            flushing = threading.Thread(target=flush, daemon=True)
            flushing.start()
            flushing.join(_SECONDS)
        raise_signal(signalnum)

    signal.raise_signal = flush_and_raise
