"""The thread that talks to the service, so that neither training nor recording ever waits for the network."""

import threading
import time

FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0
LAST_TRIES = 3  # once all is written and the process wants to end


class Sender:
    def __init__(self, spool, base_url, api_key, order, on_run):
        """``on_run``: called once in the thread when the run is known to the service."""
        self._spool = spool
        self._base_url = base_url
        self._api_key = api_key
        self._on_run = on_run
        self._wake = threading.Event()
        self._closing = False
        self.order = order  # the recorder may lower it before the run is made
        self.known = threading.Event()  # the run is made, or never will be in this process
        self.done = threading.Event()  # all is delivered, or never will be in this process
        self.refused = None
        self._delivery = None
        self._thread = threading.Thread(target=self._work, name="lace-sender", daemon=True)

    def start(self):
        self._thread.start()

    def wake(self):
        self._wake.set()

    def close(self):
        """What is spooled now is all there will be: deliver it and stop."""
        self._closing = True
        self._wake.set()

    @property
    def behind(self):
        """Segments that wait: while there are some, the recorder makes no small ones."""
        return self._delivery.waiting if self._delivery is not None else 1

    def _work(self):
        try:
            self._run()
        except Exception as failure:
            from lace._say import warn_once

            self.refused = failure
            text = "sending stopped (%s: %s); recording goes on in %s"
            warn_once("sender", text % (type(failure).__name__, failure, self._spool.folder))
        finally:
            self.known.set()
            self.done.set()

    def _run(self):
        from lace._delivery import Delivery, WrongAnswer, advice
        from lace._http import Refused, Unreachable
        from lace._say import warn_once

        self._delivery = Delivery(self._spool, self._base_url, self._api_key)
        pause = 0.0
        last_tries = 0
        while True:
            closing = self._closing
            last_tries += closing
            try:
                self._deliver()
                if closing:
                    self._delivery.finish()
                    return
                pause = 0.0
            except (Refused, Unreachable, WrongAnswer) as failure:
                if isinstance(failure, WrongAnswer) or (isinstance(failure, Refused) and not failure.passing):
                    self.refused = failure
                    text = "%s. Recording goes on in %s; send it later with `python -m lace sync`"
                    warn_once("refused", text % (advice(failure, self._spool.facts["attestation_id"]), self._spool.folder))
                    return
                text = "%s does not take the loss log now (%s); recording goes on in %s and is sent when it does"
                warn_once("unreachable", text % (self._base_url, failure, self._spool.folder))
                if last_tries >= LAST_TRIES:
                    self.refused = failure
                    return
                pause = min(LAST_PAUSE, max(FIRST_PAUSE, 2 * pause))
                pause = max(pause, min(getattr(failure, "retry_after", None) or 0.0, LAST_PAUSE))
            self._rest(pause)

    def _deliver(self):
        if not self.known.is_set():
            self._delivery.create(self.order, offline=False)
            self._on_run()
            self.known.set()
        while self._delivery.send():
            pass

    def _rest(self, pause):
        """Until there is work; after a failure at least for the pause, which closing shortens."""
        if pause:
            until = time.monotonic() + pause
            while not self._closing and time.monotonic() < until:
                self._wake.wait(until - time.monotonic())
                self._wake.clear()
            if self._closing:
                time.sleep(0.2)
            return
        self._wake.wait()
        self._wake.clear()
