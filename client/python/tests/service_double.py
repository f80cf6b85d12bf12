"""A test double of the service: it speaks docs/protocol.md sections 5 and 9 over real HTTP and checks every byte strictly."""

import base64
import hashlib
import hmac
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = hashlib.sha256(b"a dataset").hexdigest()
KEY = "lace_prod_sk_test"


class ServiceDouble:
    """``status``, ``delay`` and ``mute`` set how it misbehaves: a mute one answers nothing for as long. ``runs`` is what it accepted."""

    def __init__(self, records=40, root=ROOT, port=0):
        self.records = records
        self.root = root
        self.status = None
        self.code = "set_by_test"
        self.delay = 0.0
        self.mute = False
        self.runs = {}
        self.errors = []
        self.answers = {}
        self.requests = 0
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                double._post(self)

            def do_GET(self):
                double._get(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def run(self):
        """The only run."""
        if len(self.runs) != 1:
            raise AssertionError("%d runs, errors: %s" % (len(self.runs), self.errors))
        return next(iter(self.runs.values()))

    def _post(self, handler):
        self.requests += 1
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if self.mute:
            while self.mute:
                time.sleep(0.02)
            return None  # whoever asked got no answer, and nothing came of it
        time.sleep(self.delay)
        if self.status is not None:
            return _answer(handler, self.status, {"code": self.code, "status": self.status, "detail": "as the test wants"})
        parts = handler.path.strip("/").split("/")
        if handler.headers.get("Authorization") != "Bearer " + KEY:
            return _answer(handler, 401, {"code": "key_unknown", "detail": "no such key"})
        if parts == ["v1", "runs"]:
            key = handler.headers["Idempotency-Key"]
            if key not in self.answers:
                self.answers[key] = self._create(json.loads(body))
            return _answer(handler, 201, self.answers[key])
        run = self.runs.get(parts[2])
        if run is None:
            return _answer(handler, 404, {"code": "not_found", "detail": "no such run"})
        if parts[3] == "finish":
            run.closed = True
            return _answer(handler, 200, {})
        try:
            seq = run.accept(body)
        except AssertionError as failure:
            self.errors.append(str(failure))
            return _answer(handler, 202, {"run_id": run.id, "seq": -1})
        return _answer(handler, 202, {"run_id": run.id, "seq": seq})

    def _get(self, handler):
        if handler.path.startswith("/v1/verify/") and handler.path.split("/")[-1] in self.runs:
            return _answer(handler, 200, {"verdict": "INCONCLUSIVE", "correlation": {"score": 0.5, "verdict": "LOW_CONFIDENCE"}})
        return _answer(handler, 404, {"code": "not_found", "detail": "no such id"})

    def _create(self, asked):
        run = _Run("run-20261120-134601-%06x" % len(self.runs), self.root, asked)
        self.runs[run.id] = run
        return {
            "run_id": run.id, "attestation_id": asked["attestation_id"], "root": self.root, "records": self.records,
            "ingest_key": base64.b64encode(run.key).decode(), "nonce": run.nonce, "order": asked["order"],
            "created_at": "2026-11-20T13:46:01Z", "max_segment_bytes": 245760,
        }  # fmt: skip


class _Run:
    def __init__(self, identifier, root, asked):
        self.id = identifier
        self.asked = asked
        self.key = os.urandom(32)
        self.nonce = os.urandom(32).hex()
        self.prev = hashlib.sha256(("lace-run/1" + identifier + root).encode()).hexdigest()
        self.bodies = []
        self.segments = []
        self.received = []
        self.closed = False

    def accept(self, body):
        require(len(body) <= 245760, "segment too large")
        segment = json.loads(body)
        require(list(segment) == ["v", "run_id", "seq", "prev", "items", "mac"], "members")
        signed, mac = body[:-74], body[-74:]
        expected = hmac.new(self.key, signed, hashlib.sha256).hexdigest()
        require(mac == b',"mac":"' + expected.encode() + b'"}', "mac")
        if body in self.bodies:
            return segment["seq"]
        require(segment["v"] == 1 and segment["run_id"] == self.id, "version or run")
        require(segment["seq"] == len(self.bodies), "seq %s after %d" % (segment["seq"], len(self.bodies)))
        require(segment["prev"] == self.prev, "prev")
        require(0 < len(segment["items"]) <= 8192, "items")
        require(not any(item["type"] == "finish" for item in self.items), "after finish")
        for item in segment["items"]:
            check_item(item)
        self.bodies.append(body)
        self.segments.append(segment["items"])
        self.received.append(time.time())
        self.prev = hashlib.sha256(body).hexdigest()
        return segment["seq"]

    @property
    def items(self):
        return [item for items in self.segments for item in items]

    def of(self, kind):
        return [item for item in self.items if item["type"] == kind]

    @property
    def points(self):
        return self.of("point")

    def check(self):
        """The rules over the whole run: order before its points, commitments opened by the last tail, counts in finish."""
        committed, seen, tails = {}, {}, {}
        for items in self.segments:
            fresh = set()
            for item in items:
                if item["type"] == "order":
                    require(item["epoch"] not in committed, "epoch committed twice")
                    committed[item["epoch"]] = item
                    fresh.add(item["epoch"])
                elif item["type"] == "tail":
                    tails[item["epoch"]] = item
                elif item["type"] == "point":
                    for micro in item.get("batch", []):
                        if "e" in micro:
                            require(micro["e"] in committed and micro["e"] not in fresh, "point before its order")
                            seen.setdefault(micro["e"], {})[micro["k"]] = micro["i"]
        for epoch, tail in tails.items():
            digest = bytes.fromhex(tail["chain"])
            for k in range(tail["next"] - 1, -1, -1):
                words = b"".join(n.to_bytes(8, "big") for n in [len(seen[epoch][k])] + seen[epoch][k])
                digest = hashlib.sha256(digest + words).digest()
            require(digest.hex() == committed[epoch]["commit"], "tail does not open the commitment of epoch %d" % epoch)
        finish = self.of("finish")
        if finish:
            require(finish[0]["points"] - finish[0]["dropped"] == len(self.points), "counts in finish")
        return {epoch: tail["next"] for epoch, tail in tails.items()}


MEMBERS = {
    "start": ({"at", "process", "resumed"}, set()),
    "order": ({"epoch", "records", "batches", "commit"}, set()),
    "point": ({"step", "loss", "at"}, {"lr", "tokens", "steps", "batch"}),
    "tail": ({"epoch", "next", "chain"}, set()),
    "finish": ({"at", "points", "dropped"}, set()),
}


def check_item(item):
    required, optional = MEMBERS[item["type"]]
    members = set(item) - {"type"}
    require(required <= members <= required | optional, "members of %s: %s" % (item["type"], members))
    for micro in item.get("batch", []):
        require("i" in micro and ("e" in micro) == ("k" in micro), "micro-batch")
        require(all(type(n) is int and n >= 0 for n in micro["i"]), "indices")


def require(holds, what):
    if not holds:
        raise AssertionError(what)


def _answer(handler, status, document):
    body = json.dumps(document).encode()
    try:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    except OSError:
        pass
