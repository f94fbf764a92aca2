#!/usr/bin/env python3
"""Sends one event, signed. Needs Python 3.8 or later and nothing else.

  export CATALOG_URL=https://sync.example.com CATALOG_TENANT=shop CATALOG_SUPPLIER=acme CATALOG_SECRET=whsec_…
  python3 send.py CHAIR-01 5
"""
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

TRIES = 5


def sign(secret, message_id, timestamp, body):
    key = base64.b64decode(secret[len("whsec_"):])
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def post(url, secret, message_id, body):
    """One try. Returns the status, the answer, and how many seconds to wait if it is to be tried again."""
    timestamp = str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode(), None
    except urllib.error.HTTPError as error:
        again = error.code == 429 or error.code >= 500
        return error.code, error.read().decode(), int(error.headers.get("retry-after", 2)) if again else None
    except OSError as error:
        return 0, str(error), 2


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: send.py SKU QUANTITY [EVENT-ID]")
    event = {
        "id": sys.argv[3] if len(sys.argv) > 3 else f"evt-{uuid.uuid4()}",
        "sku": sys.argv[1],
        "quantity": int(sys.argv[2]),
        "updatedAt": datetime.now(timezone.utc).isoformat(),
    }
    env = os.environ
    url = f"{env['CATALOG_URL']}/v1/tenants/{env['CATALOG_TENANT']}/suppliers/{env['CATALOG_SUPPLIER']}/events"
    # The very bytes that are signed are sent, and the same ones with every try: what arrives twice counts once.
    body = json.dumps(event).encode()
    message_id = f"msg-{uuid.uuid4()}"
    for attempt in range(1, TRIES + 1):
        status, answer, wait = post(url, env["CATALOG_SECRET"], message_id, body)
        if wait is None or attempt == TRIES:
            break
        time.sleep(wait)
    print(status, answer)
    sys.exit(0 if status == 202 else 1)


main()
