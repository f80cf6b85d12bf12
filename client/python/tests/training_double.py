"""A test double of the training API over real HTTP: places in the order, idempotency and futures are real, training is not.

Its losses are made up and its ε is 0.01 a step: what is tested with it is the client. The service itself is tested with the SDK in tests/System.
"""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "lace_prod_sk_test"
EPSILON_A_STEP = 0.01


class TrainingDouble:
    """``fault(method, path, number)`` may return a status to answer with, or ``"drop"`` and ``"lose"``: break the connection before or after
    the request took effect. ``hold``: operations stay pending. ``waits``: seconds that futures were asked to be waited for."""

    def __init__(self):
        self.fault = lambda method, path, number: None
        self.refusal = {}
        self.headers = {}
        self.hold = False
        self.clients = {}
        self.requests = []
        self.waits = []
        self.keys = {}
        self.deleted = []
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                double._serve(self)

            do_POST = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def operations(self, client="tc-1"):
        return [(op["operation"], op["body"]) for op in self.clients[client]["ops"]]

    def posts(self, operation):
        return [path for method, path in self.requests if method == "POST" and path.endswith(operation)]

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        parts = urlsplit(handler.path)
        with self._lock:
            self.requests.append((handler.command, parts.path))
            fault = self.fault(handler.command, parts.path, len(self.requests))
        if fault == "drop":
            return _break(handler)
        if isinstance(fault, int):
            code = self.refusal.get("code", "INTERNAL_ERROR")
            problem = dict({"status": fault, "code": code, "error": {"code": code, "message": "as the test wants"}}, **self.refusal)
            return _answer(handler, fault, problem, self.headers)
        if handler.headers.get("Authorization") != "Bearer " + KEY:
            return _answer(handler, 401, {"code": "INVALID_API_KEY", "error": {"code": "INVALID_API_KEY", "message": "no such key"}})
        path = parts.path[len("/api/v1") :] if parts.path.startswith("/api/v1/") else parts.path[len("/v1") :]
        key = handler.headers.get("Idempotency-Key")
        wait = float(parse_qs(parts.query).get("wait", ["0"])[0])
        if wait:
            self.waits.append(wait)
        until = time.monotonic() + min(5, wait)
        while True:
            with self._lock:
                try:
                    status, answer = self._route(handler.command, path.strip("/").split("/"), json.loads(body or b"null"), key)
                except _Refused as refused:
                    status, answer = refused.args
            pending = isinstance(answer, dict) and answer.get("status") == "pending"
            if not pending or time.monotonic() > until:
                break
            time.sleep(0.01)
        if fault == "lose":
            return _break(handler)
        _answer(handler, status, answer)

    def _route(self, method, parts, body, key):
        if parts == ["training_clients"] and method == "POST":
            if key not in self.keys:
                self.keys[key] = self._create(body)
            return 201, self._describe(self.keys[key])
        if parts == ["runs"] and method == "POST":
            return 201, {"run_id": "run-of-" + body["attestation_id"]}
        if parts == ["training_clients"]:
            return 200, [self._describe(client) for client in self.clients.values()]
        if parts[0] == "training_clients":
            client = self.clients.get(parts[1]) or _refuse(404, "TRAINING_CLIENT_NOT_FOUND", "no such training client")
            if method == "DELETE":
                self.deleted.append(client["id"])
                return 204, None
            if len(parts) == 2:
                return 200, self._describe(client)
            if parts[2] == "dp_metrics":
                return 200, self._metrics(client)
            return self._accept(client, parts[2], body)
        if parts[0] == "futures":
            op = self._op(parts[1])
            if parts[2:] == ["cancel"]:
                cancelled = op["status"] == "pending"
                op["status"] = "cancelled" if cancelled else op["status"]
                return 200, {"success": cancelled}
            return 200, op if parts[2:] == ["result"] else {name: value for name, value in op.items() if name != "result"}
        if parts == ["artifacts"]:
            return 200, {"items": [{"artifact_id": "art-1"}]}
        if parts[0] == "artifacts" and parts[-1] == "content":
            return 200, b"safetensors of " + parts[1].encode()
        if parts[0] == "artifacts" and parts[-1] == "certificate":
            return 200, {"payloadType": "made up"}
        if parts[0] == "audit_logs":
            return 200, [{"operation": op["operation"]} for client in self.clients.values() for op in client["ops"]]
        return _refuse(404, "NOT_FOUND", "no such route")

    def _create(self, body):
        client = {"id": "tc-%d" % (len(self.clients) + 1), "config": body, "ops": [], "charged": 0}
        dp = body.get("dp_config")
        if dp is not None:
            dp.setdefault("sample_rate", body["batch_size"] / dp.setdefault("dataset_size", 1000))
        self.clients[client["id"]] = client
        return client

    def _describe(self, client):
        answer = {
            "training_client_id": client["id"], "tenant_id": "tnt-1", "model_ref": client["config"]["model_ref"], "status": "ready",
            "step": client["charged"], "config": client["config"], "next_seq_id": len(client["ops"]) + 1,
        }  # fmt: skip
        if "dp_config" in client["config"]:
            answer["dp_metrics"] = self._metrics(client)
        return answer

    def _metrics(self, client):
        dp, spent = client["config"]["dp_config"], client["charged"] * EPSILON_A_STEP
        return {
            "epsilon_spent": spent, "total_epsilon": spent, "epsilon_reserved": spent, "epsilon_remaining": dp["target_epsilon"] - spent,
            "delta": dp["target_delta"], "steps": client["charged"], "num_steps": client["charged"],
            "target_epsilon": dp["target_epsilon"], "privacy_level": "strong", "accountants": {"rdp": spent, "pld": spent},
        }  # fmt: skip

    def _accept(self, client, operation, body):
        seq = body.pop("seq_id")
        digest = hashlib.sha256(json.dumps([operation, body]).encode()).hexdigest()
        if seq <= len(client["ops"]):
            op = client["ops"][seq - 1]
            if op["digest"] != digest:
                _refuse(409, "SEQ_CONFLICT", "seq_id %d is another operation" % seq)
            return 202, op
        assert seq == len(client["ops"]) + 1, "a gap: %d" % seq
        steps = body.get("steps", 1) if operation in ("optim_step", "train_step") else 0
        dp = client["config"].get("dp_config")
        if dp is not None and (client["charged"] + steps) * EPSILON_A_STEP > dp["target_epsilon"]:
            _refuse(400, "DP_BUDGET_EXCEEDED", "the step would spend more than the target", {"target_epsilon": dp["target_epsilon"]})
        client["charged"] += steps
        op = {
            "future_id": "fut-%s-%010d" % (client["id"][3:], seq), "training_client_id": client["id"], "operation": operation, "seq_id": seq,
            "status": "pending" if self.hold else "completed", "digest": digest, "body": body, "result": self._result(client, operation, body),
        }  # fmt: skip
        client["ops"].append(op)
        if operation in ("sample", "save_state", "load_state") and not self.hold:
            return 200, op["result"]
        return 202, op

    def _result(self, client, operation, body):
        if operation == "sample":
            samples = [{"prompt": p, "completion": "made up", "tokens_generated": 2, "finish_reason": "stop"} for p in body["prompts"]]
            return {"samples": samples * body["num_samples"], "model_step": client["charged"], "sampling_config": {}}
        if operation == "save_state":
            return {
                "artifact_id": "art-1", "artifact_type": "checkpoint", "size_bytes": 3, "content_hash": "sha256:00", "metadata": body["metadata"],
                "encryption": {"algorithm": "AES-256-GCM", "key_id": "key-1"}, "name": body.get("name"),
            }  # fmt: skip
        if operation == "load_state":
            return {"training_client_id": client["id"], "loaded_artifact_id": body["artifact_id"], "step": 7, "status": "ready"}
        return {"loss": 2.5, "step": client["charged"], "tokens_processed": 5, "dp_metrics": {"epsilon_spent": 0.01}}

    def _op(self, future_id):
        for client in self.clients.values():
            for op in client["ops"]:
                if op["future_id"] == future_id:
                    return op
        return _refuse(404, "FUTURE_NOT_FOUND", "no such future")


class _Refused(Exception):
    pass


def _refuse(status, code, message, details=None):
    error = {"code": code, "message": message, "details": details or {}}
    raise _Refused(status, {"status": status, "code": code, "detail": message, "error": error})


def _break(handler):
    handler.close_connection = True
    handler.connection.close()


def _answer(handler, status, document, headers=None):
    body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
    try:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    except OSError:
        pass
