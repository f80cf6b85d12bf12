"""``FutureHandle``: an operation that was accepted and may not be done yet."""

import asyncio
import queue
import threading
import time

from lace.training import errors, results

_LONG_POLL = 20.0
_ENDED = ("completed", "failed", "cancelled")
_CALLBACK_THREADS = 4


class FutureHandle:
    """Ask for ``result()``; nothing is asked of the service before.

    Futures that are waited for in any order, or never, make no difference to the training: the service executes a training client's
    operations in the order in which they were sent. ``await future`` works too.
    """

    def __init__(self, future_id, client, training_client_id=None, operation=None, poll_interval=1.0, answer=None, ended=None):
        """``poll_interval``: seconds between questions where the service does not hold them open. ``ended``: called once with the result."""
        self.future_id = future_id
        self.training_client_id = training_client_id
        self.operation = operation
        self._client = client
        self._poll_interval = poll_interval
        self._answer = answer if isinstance(answer, dict) else {}
        self._ended = ended
        self._outcome = None  # (result, error), set once
        self._settling = threading.Lock()

    def __repr__(self):
        return "FutureHandle(%r, operation=%r, status=%r)" % (self.future_id, self.operation, self._answer.get("status"))

    @property
    def seq_id(self):
        """Its place in the training client's order, from 1; None where it is not known yet."""
        return self._answer.get("seq_id")

    @property
    def queue_state(self):
        """``active``, or ``paused_capacity`` and ``paused_rate_limit`` while it has to wait; None once it has ended."""
        return self._answer.get("queue_state")

    def status(self, refresh=True):
        """``pending``, ``running``, ``completed``, ``failed`` or ``cancelled``."""
        if self._answer.get("status") not in _ENDED and (refresh or "status" not in self._answer):
            self._ask(0.0)
        return self._answer.get("status")

    def done(self):
        return self.status() in _ENDED

    def result(self, timeout=None):
        """The operation's typed result (``lace.training.results``).

        Raises FutureTimeoutError after ``timeout`` seconds (None: waits on), FutureCancelledError, FutureFailedError.
        """
        self._settle(timeout)
        result, error = self._outcome
        if error is not None:
            raise error
        return result

    def exception(self, timeout=None):
        """The error that ``result()`` would raise, None of a success."""
        self._settle(timeout)
        return self._outcome[1]

    def cancel(self):
        """True if it was cancelled: only what has not begun can be. Its reserved privacy budget is given back."""
        answer = self._client._transport.post("/futures/%s/cancel" % self.future_id, None) or {}
        return bool(answer.get("success"))

    def add_done_callback(self, function):
        """Calls ``function(self)`` in another thread when the operation has ended; what it raises is dropped with a warning."""
        self._client._callbacks.add(self, function)

    def __await__(self):
        return asyncio.get_running_loop().run_in_executor(None, self.result).__await__()

    def _settle(self, timeout):
        """Waits until there is an outcome."""
        until = None if timeout is None else time.monotonic() + timeout
        while self._outcome is None:
            left = None if until is None else until - time.monotonic()
            asked = time.monotonic()
            if self._answer.get("status") not in _ENDED:
                self._ask(_LONG_POLL if left is None else max(0.0, min(_LONG_POLL, left)))
            if self._answer.get("status") in _ENDED:
                self._finish()
            elif until is not None and time.monotonic() >= until:
                raise errors.FutureTimeoutError(
                    "%s of %s is %s after %g seconds; it goes on, ask again"
                    % (self.operation or self.future_id, self.training_client_id, self._answer.get("status"), timeout),
                    "FUTURE_TIMEOUT",
                )
            elif time.monotonic() - asked < self._poll_interval / 2:
                # The service did not hold the question open.
                pause = self._poll_interval if until is None else min(self._poll_interval, until - time.monotonic())
                time.sleep(max(0.0, pause))

    def _ask(self, wait):
        query = {"wait": "%g" % wait} if wait else None
        answer = self._client._transport.get("/futures/" + self.future_id, query, wait)
        if not isinstance(answer, dict) or "status" not in answer:
            raise errors.Unreachable("the service's answer about %s is no future" % self.future_id, "bad_answer")
        self._answer = answer
        self.operation = answer.get("operation") or self.operation
        self.training_client_id = answer.get("training_client_id") or self.training_client_id

    def _finish(self):
        with self._settling:
            if self._outcome is not None:
                return
            if self._answer["status"] == "cancelled":
                outcome = None, errors.FutureCancelledError("%s was cancelled" % self.future_id, "FUTURE_CANCELLED")
            else:
                answer = self._answer
                if answer.get("result") is None and answer.get("error") is None:
                    answer = self._client._transport.get("/futures/%s/result" % self.future_id) or {}
                if answer.get("status") == "completed":
                    outcome = results.result_of(self.operation, answer.get("result")), None
                else:
                    outcome = None, errors.of_operation(answer.get("error"))
            self._outcome = outcome
        if self._ended is not None and self._outcome[1] is None:
            self._ended(self._outcome[0])


class Callbacks:
    """A few threads that wait for futures and call back. They never hold up the end of the process."""

    def __init__(self):
        self._waiting = queue.Queue()
        self._threads = []
        self._starting = threading.Lock()

    def add(self, future, function):
        self._waiting.put((future, function))
        with self._starting:
            if len(self._threads) < _CALLBACK_THREADS:
                self._threads.append(threading.Thread(target=self._work, name="lace-callbacks", daemon=True))
                self._threads[-1].start()

    def close(self):
        """What has been added is still called."""
        for _ in self._threads:
            self._waiting.put(None)

    def _work(self):
        for future, function in iter(self._waiting.get, None):
            try:
                future.exception()
            except Exception:
                pass  # the callback asks for the result and meets the same failure
            try:
                function(future)
            except Exception as failure:
                import warnings

                warnings.warn("a callback of %r raised %r" % (future, failure), RuntimeWarning, stacklevel=2)
