"""Buys from the storefront for ever, RATE times a second, each time as another user in W3C baggage."""

import http.client
import itertools
import os
import random
import signal
import sys
import time
import urllib.request

STOREFRONT_URL = os.environ.get("STOREFRONT_URL", "http://storefront:8080")
RATE = float(os.environ.get("RATE", "2"))
REPORT_EVERY_SECONDS = 10
ITEMS = ("book", "lamp", "pen")


def buy() -> str:
    """Sends one request and says how it ended: `ok`, or the error."""
    request = urllib.request.Request(
        f"{STOREFRONT_URL}/buy?item={random.choice(ITEMS)}",
        headers={"baggage": f"user_id={random.randint(1, 9999)}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=6) as response:
            response.read()
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    return "ok"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started = time.monotonic()
    answers: dict[str, int] = {}
    next_report = started + REPORT_EVERY_SECONDS
    for number in itertools.count(1):
        answer = buy()
        answers[answer] = answers.get(answer, 0) + 1
        if time.monotonic() >= next_report:
            print(f"answers in the last {REPORT_EVERY_SECONDS} s: {answers}", flush=True)
            answers.clear()
            next_report += REPORT_EVERY_SECONDS
        time.sleep(max(0.0, started + number / RATE - time.monotonic()))


if __name__ == "__main__":
    main()
