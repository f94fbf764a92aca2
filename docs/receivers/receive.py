#!/usr/bin/env python3
"""Takes what a storefront is told, and shows it. Needs Python 3.8 or later and nothing else.

  STOREFRONT_SECRET=whsec_… PORT=8099 python3 receive.py
"""
import base64
import hashlib
import hmac
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

KEY = base64.b64decode(os.environ["STOREFRONT_SECRET"][len("whsec_"):])
# In a shop a table: INSERT … ON CONFLICT (item_id) DO UPDATE … WHERE excluded.version >= item.version.
ITEMS = {}
LOCK = threading.Lock()


def is_signed(headers, body):
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    right = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    # Several while the secret changes: one has to be right.
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), right.encode()) for one in given)


def take(message):
    item_id, version = message["itemId"], message["version"]
    with LOCK:
        if item_id in ITEMS and version < ITEMS[item_id]["version"]:
            return {"accepted": True, "reason": "superseded"}
        ITEMS[item_id] = {"quantity": message["quantity"], "version": version}
    return {"accepted": True}


class Storefront(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if self.path != "/cache-busts" or length > 65536:
            self.close_connection = True
            return self.answer(404, {"reason": "no such path, or too large"})
        body = self.rfile.read(length)
        if is_signed(self.headers, body):
            return self.answer(200, take(json.loads(body)))
        return self.answer(401, {"reason": "not signed"})

    def do_GET(self):
        item = ITEMS.get(unquote(self.path[len("/items/"):])) if self.path.startswith("/items/") else None
        self.answer(200 if item else 404, item or {"reason": "no such item"})

    def answer(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (("content-type", "application/json"), ("cache-control", "no-store")):
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", 8099))), Storefront)
print(f"http://{server.server_address[0]}:{server.server_address[1]}", flush=True)
server.serve_forever()
