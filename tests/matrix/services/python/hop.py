"""A service of the matrix in Python: Flask and requests, no tracing code but the faults that it is asked for."""

import itertools
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import requests
import waitress
from flask import Flask, request

CALLS = os.environ.get("CALLS", "").split()
TRACE_HEADERS = ("traceparent", "tracestate", "baggage", "b3", "x-b3-traceid")

app = Flask(__name__)
work: "queue.Queue[queue.SimpleQueue[list[Any]]]" = queue.Queue()


@app.get("/")
def hop() -> dict[str, Any]:
    received = {name: request.headers[name] for name in TRACE_HEADERS if name in request.headers}
    return {"received": received, "calls": by_worker() if os.environ.get("WORK") == "worker" else call_all()}


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


def call_all() -> list[Any]:
    call = {"raw": by_socket, "messages": send_message}.get(os.environ.get("CLIENT", ""), by_library)
    return [call(url) for url in CALLS]


def by_library(url: str) -> Any:
    return requests.get(url, timeout=5).json()


def by_socket(url: str, body: str = "") -> Any:
    place = urlsplit(url)
    about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    request = f"{'POST' if body else 'GET'} {place.path or '/'} HTTP/1.0\r\nHost: {place.netloc}\r\n{about}\r\n{body}"
    with socket.create_connection((place.hostname, place.port), timeout=5) as opened:
        opened.sendall(request.encode())
        answer = b"".join(iter(lambda: opened.recv(65536), b""))
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def send_message(url: str) -> Any:
    """What a client of a broker does: a PRODUCER span, and its context in the message's headers."""
    from opentelemetry import propagate, trace

    headers: dict[str, str] = {}
    attributes = {"messaging.system": "kafka", "server.address": "broker"}
    with trace.get_tracer("hop").start_as_current_span("send", kind=trace.SpanKind.PRODUCER, attributes=attributes):
        propagate.inject(headers)
        return by_socket(f"{url}messages", json.dumps(headers))


@app.post("/messages")
def take_message() -> dict[str, Any]:
    """Takes a message as a broker's client does: a CONSUMER span of its own trace, with a link or without."""
    from opentelemetry import context, propagate, trace

    sender = trace.get_current_span(propagate.extract(request.get_json())).get_span_context()
    links = [trace.Link(sender)] if os.environ.get("MESSAGES") == "linked" else []
    with trace.get_tracer("hop").start_as_current_span(
        "receive", context=context.Context(), kind=trace.SpanKind.CONSUMER, links=links,
        attributes={"messaging.system": "kafka"},
    ):  # fmt: skip
        return {"received": request.get_json(), "calls": []}


def by_worker() -> list[Any]:
    answer: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
    work.put(answer)
    return answer.get(timeout=20)


def serve_work() -> None:
    for _ in itertools.count():
        work.get().put(call_all())


def run_jobs(seconds: float) -> None:
    for _ in itertools.count():
        time.sleep(seconds)
        try:
            call_all()
        except requests.RequestException as error:
            print(f"job: {error}", file=sys.stderr)


def speak_b3() -> None:
    try:
        from opentelemetry import propagate
        from opentelemetry.propagators.b3 import B3SingleFormat
    except ImportError:  # before the injection
        return
    propagate.set_global_textmap(B3SingleFormat())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if os.environ.get("PROPAGATOR") == "b3":
        speak_b3()
    threading.Thread(target=serve_work, daemon=True).start()
    if every := os.environ.get("EVERY"):
        threading.Thread(target=run_jobs, args=(float(every),), daemon=True).start()
    waitress.serve(app, port=8080, threads=8)
