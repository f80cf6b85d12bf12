"""One JSON request to the service, by the standard library."""

import json
import urllib.error
import urllib.request


class Refused(Exception):
    """The service answered with an error: RFC 9457 problem details where it sent them."""

    def __init__(self, status, code, detail, retry_after=None):
        Exception.__init__(self, "%d %s: %s" % (status, code, detail))
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after

    @property
    def passing(self):
        """Whether the same request may be accepted later."""
        return self.status in (408, 425, 429) or self.status >= 500 or self.code == "in_progress"


class Unreachable(Exception):
    """No answer: refused, timed out, broken off, or no JSON."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # a redirect would carry the key to another host


_opener = urllib.request.build_opener(_NoRedirect)
_LIMIT = 64 << 20


def request(method, url, body=None, key=None, headers=None, timeout=10.0):
    """The answer's JSON, None where it has none. ``body``: bytes, or an object to send as JSON."""
    sent = dict(headers or {})
    sent["Accept"] = "application/json"
    if body is not None:
        sent["Content-Type"] = "application/json"
        if not isinstance(body, bytes):
            body = json.dumps(body, separators=(",", ":")).encode("utf-8")
    elif method == "POST":
        body = b""
    if key:
        sent["Authorization"] = "Bearer " + key
    try:
        asked = urllib.request.Request(url, data=body, headers=sent, method=method)
        with _opener.open(asked, timeout=timeout) as answer:
            text = answer.read(_LIMIT)
            # On AWS a segment goes from the gateway to the queue as it is, whose answer is XML.
            is_json = answer.headers.get_content_subtype() != "xml"
        return json.loads(text.decode("utf-8")) if is_json and text.strip() else None
    except urllib.error.HTTPError as refused:
        raise _refusal(refused) from None
    except (OSError, ValueError, EOFError) as failure:
        raise Unreachable("%s %s: %s" % (method, url, failure)) from failure
    except Exception as failure:  # http.client.HTTPException and what proxies raise
        raise Unreachable("%s %s: %s: %s" % (method, url, type(failure).__name__, failure)) from failure


def _refusal(answer):
    problem = {}
    try:
        problem = json.loads(answer.read(65536).decode("utf-8"))
    except Exception:
        pass  # an answer that is no problem document: its status says enough
    if not isinstance(problem, dict):
        problem = {}
    wait = answer.headers.get("Retry-After", "") if answer.headers else ""
    return Refused(
        answer.code,
        str(problem.get("code") or "http_%d" % answer.code),
        str(problem.get("detail") or problem.get("title") or answer.reason),
        float(wait) if wait.isdigit() else None,
    )
