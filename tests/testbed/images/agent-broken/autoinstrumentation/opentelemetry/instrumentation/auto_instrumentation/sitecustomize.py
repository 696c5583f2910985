"""Ends the process before its application starts, keeps it from starting, or takes all memory there is."""

import os
import threading

FAULT = os.environ.get("AGENT_FAULT")
taken = []

if FAULT == "crash":
    os.write(2, b"the agent crashes on purpose\n")
    os._exit(3)
if FAULT == "hang":
    threading.Event().wait()
while FAULT == "greed":
    taken.append(b"x" * (16 << 20))
