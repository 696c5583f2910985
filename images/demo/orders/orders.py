"""The shop's orders: POST /orders with {"item": NAME} has the order paid and answers with its receipt."""

import logging
import os
import signal
import sys
import uuid

import requests
import waitress
from flask import Flask, request

PAYMENTS_URL = os.environ.get("PAYMENTS_URL", "http://payments:8080")
PRICES_IN_CENTS = {"book": 1290, "lamp": 3450, "pen": 180}

app = Flask(__name__)


@app.post("/orders")
def place_order() -> dict[str, object] | tuple[dict[str, object], int]:
    item = request.get_json()["item"]
    if item not in PRICES_IN_CENTS:
        return {"error": f"no {item!r} on sale, only {', '.join(PRICES_IN_CENTS)}"}, 422
    order = {"order_id": uuid.uuid4().hex, "item": item, "amount_cents": PRICES_IN_CENTS[item]}
    try:
        payment = requests.post(f"{PAYMENTS_URL}/payments", json=order, timeout=4)
        payment.raise_for_status()
    except requests.RequestException as error:
        app.logger.error("order %s was not paid: %s", order["order_id"], error)
        return {"error": "the order was not paid"}, 502
    return order | payment.json()


@app.get("/healthz")
def healthz() -> dict[str, object]:
    return {"status": "ok"}


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(app, port=int(os.environ.get("PORT", "8080")), threads=8)


if __name__ == "__main__":
    main()
