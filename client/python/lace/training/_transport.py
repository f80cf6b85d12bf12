"""JSON requests over kept connections, with retries: the standard library only.

What is sent twice happens once: operations carry a ``seq_id``, creations an ``Idempotency-Key``, the same one on every retry.
"""

import http.client
import json
import os
import random
import ssl
import threading
import time
import urllib.parse
import urllib.request

from lace import __version__
from lace.training.errors import QuotaExceeded, Unreachable, from_answer

_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_FIRST_DELAY, _LONGEST_DELAY = 0.25, 30.0
_MOST_JSON = 256 << 20
_SPARE = 15.0  # seconds that a long poll's connection waits beyond what it asked the service for


class Transport:
    """Safe to use from several threads: each has its own connection.

    ``timeout``: seconds for one answer, and for all waiting on 429 and 503 together. ``retry_count``: how often a broken connection or
    a 5xx is tried again. ``sleep`` and ``jitter`` are for tests.
    """

    def __init__(self, base_url, api_key=None, tenant_id=None, timeout=300.0, retry_count=3, sleep=time.sleep, jitter=random.random):
        self.base_url = base_url
        parts = urllib.parse.urlsplit(base_url)
        self._secure, self._host = parts.scheme == "https", parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.rstrip("/")
        self._timeout, self._retries = timeout, retry_count
        self._sleep, self._jitter = sleep, jitter
        self._local = threading.local()
        self._open, self._opening = [], threading.Lock()
        self._headers = {"Accept": "application/json", "User-Agent": "lace-python/" + __version__}
        if api_key:
            self._headers["Authorization"] = "Bearer " + api_key
        if tenant_id:
            self._headers["X-Tenant-Id"] = tenant_id
        self._proxy = _proxy(parts)

    def close(self):
        """Closes the connections of all threads."""
        with self._opening:
            connections, self._open = self._open, []
        for connection in connections:
            connection.close()

    def _drop(self):
        """Closes this thread's connection."""
        connection, self._local.connection = getattr(self._local, "connection", None), None
        if connection is not None:
            connection.close()
            with self._opening:
                self._open = [other for other in self._open if other is not connection]

    def get(self, path, query=None, wait=0.0):
        """``wait``: seconds of a long poll, for which the connection has to be patient."""
        return self.request("GET", path, None, query, wait=wait)[1]

    def post(self, path, body, idempotency_key=None, wait=0.0):
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.request("POST", path, body, None, headers, wait)[1]

    def request(self, method, path, body=None, query=None, headers=None, wait=0.0):
        """(status, JSON or None) of a success; anything else is raised."""
        with self._answer(method, path, body, query, headers, wait) as answer:
            text = answer.read(_MOST_JSON + 1)
            if len(text) > _MOST_JSON:
                raise Unreachable("%s %s: the answer is longer than %d bytes" % (method, path, _MOST_JSON), "bad_answer")
            try:
                return answer.status, json.loads(text.decode("utf-8")) if text.strip() else None
            except ValueError as failure:
                raise Unreachable("%s %s: the answer is no JSON: is it a Lace service?" % (method, path), "bad_answer") from failure

    def download(self, path, file):
        """Writes the answer's bytes into an open file; returns (bytes, headers). Nothing is retried once bytes were written."""
        with self._answer("GET", path, None, None, {"Accept": "*/*"}, 0.0) as answer:
            size = 0
            while True:
                try:
                    chunk = answer.read(1 << 20)
                except (OSError, http.client.HTTPException) as failure:
                    raise Unreachable("GET %s broke off after %d bytes: %s" % (path, size, failure), "unreachable") from failure
                if not chunk:
                    return size, answer.headers
                size += len(chunk)
                file.write(chunk)

    def _answer(self, method, path, body, query, headers, wait):
        url = self._prefix + path + ("?" + urllib.parse.urlencode(query) if query else "")
        sent = dict(self._headers, **(headers or {}))
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(body, separators=(",", ":"), allow_nan=False).encode("utf-8")
        elif method == "POST":
            body = b""
        until = time.monotonic() + self._timeout
        failures = waits = 0
        while True:
            retry_after, busy = None, False
            try:
                answer = self._send(method, url, body, sent, wait)
                refused = None if answer.status < 300 else _refusal(answer)
            except (OSError, http.client.HTTPException) as failure:
                self._drop()
                cause = Unreachable(
                    "%s %s%s: %s: is the service running? (`lace serve`, base_url, LACE_BASE_URL)"
                    % (method, self.base_url, path, str(failure) or type(failure).__name__),
                    "unreachable",
                )
            else:
                if refused is None:
                    return answer
                if answer.status not in _RETRIED or isinstance(refused, QuotaExceeded):
                    raise refused
                cause, busy, retry_after = refused, answer.status in (429, 503), refused.retry_after
            failures, waits = failures + (not busy), waits + busy
            delay = self._delay(failures + waits, retry_after)
            # Busy is no failure: as long as there is time, it is waited for.
            if failures > self._retries or (busy and time.monotonic() + delay > until):
                raise cause
            self._sleep(delay)

    def _delay(self, attempt, retry_after):
        """Seconds: what the service asked for, else doubling; spread so that many callers do not come back at once."""
        if retry_after is not None:
            return retry_after * (1.0 + 0.25 * self._jitter())
        return min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1)) * (0.5 + 0.5 * self._jitter())

    def _send(self, method, url, body, headers, wait):
        target = url if self._proxy is None or self._secure else "http://" + self._host + url
        kept = getattr(self._local, "connection", None)
        for connection in (kept, None) if kept is not None else (None,):
            if connection is None:
                connection = self._local.connection = self._connect()
            connection.timeout = self._timeout if not wait else wait + _SPARE
            if connection.sock is not None:
                connection.sock.settimeout(connection.timeout)
            try:
                connection.request(method, target, body, headers)
                return connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A kept connection that the service closed meanwhile says nothing about the service.
                self._drop()
                if connection is not kept:
                    raise
        raise AssertionError("unreachable")

    def _connect(self):
        host = self._proxy or self._host
        if self._secure:
            connection = http.client.HTTPSConnection(host, timeout=self._timeout, context=ssl.create_default_context())
            if self._proxy is not None:
                connection.set_tunnel(self._host)
        else:
            connection = http.client.HTTPConnection(host, timeout=self._timeout)
        with self._opening:
            self._open.append(connection)
        return connection


def _proxy(parts):
    """host:port of the proxy that the environment names for this address, or None."""
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    named = urllib.request.getproxies().get(parts.scheme)
    return urllib.parse.urlsplit(named).netloc.rpartition("@")[2] or None if named else None


def _refusal(answer):
    text = answer.read(1 << 20)
    answer.read()  # the connection can only be used again when the answer was read whole
    try:
        document = json.loads(text.decode("utf-8"))
    except ValueError:
        document = None  # an answer of something between us and the service: its status says enough
    wait = answer.headers.get("Retry-After", "")
    return from_answer(answer.status, document, float(wait) if wait.isdigit() else None, answer.reason)


def setting(name, *arguments):
    """The first that is set: an argument, then LACE_name, TS_name, TG_TINKER_name of the environment; else None."""
    for value in arguments + tuple(os.environ.get(prefix + name) for prefix in ("LACE_", "TS_", "TG_TINKER_")):
        if value not in (None, ""):
            return value
    return None
