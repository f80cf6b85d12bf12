"""``monitor``: records the training of this process. It may warn; it never raises into the training or holds up its end."""

import atexit
import functools
import os
import sys
import threading
import time

from lace._say import say, warn_once

EXIT_DEADLINE = 5.0
NONCE_DEADLINE = 10.0
RESUME_WITHIN = 86400.0
DELIVERED_FOR = 7 * 86400.0  # a delivered log stays on this machine as long


def _harmless(method):
    @functools.wraps(method)
    def guarded(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as failure:
            text = "%s failed (%s: %s); training is not affected"
            name = "monitor()" if method.__name__ == "__call__" else method.__name__
            warn_once(name, text % (name, type(failure).__name__, failure))
            return None

    return guarded


class Monitor:
    """Call it once before training. ``run_id`` is known when the service has made the run."""

    def __init__(self):
        self._registered = False
        self._clear()

    def _clear(self):
        self._lock = threading.Lock()
        self._recorder = None
        self._capture = None
        self._spool = None
        self._waiting = None
        self._hooked = False

    @property
    def run_id(self):
        return self._spool.facts.get("run_id") if self._spool is not None else None

    @_harmless
    def __call__(
        self, attestation_id=None, api_key=None, base_url=None, mode=None, bind_order=False, lookahead=False, resume=None
    ):
        """Starts recording.

        attestation_id: default LACE_ATTESTATION_ID, else what ``lace attest`` noted in .lace/current.json.
        bind_order: shuffle by the service's nonce instead of PyTorch's generator; the strongest form of batch order.
        lookahead: the loop fetches batches ahead of their use (a hand-made prefetcher).
        resume: "allow" (continue a run that was killed within a day), "never", or "must".
        """
        with self._lock:
            if self._recorder is not None:
                return
            self._start(attestation_id, api_key, base_url, mode, bind_order, lookahead, resume, hooks=True)

    @_harmless
    def begin(self, attestation_id=None, api_key=None, base_url=None):
        """Starts a run whose points are logged by hand: nothing of PyTorch is touched."""
        with self._lock:
            if self._recorder is None:
                self._start(attestation_id, api_key, base_url, None, False, False, None, hooks=False)

    @_harmless
    def log(self, step, loss, batch=None, lr=None, tokens=None):
        """Records one point by hand; from then on nothing is captured from PyTorch's optimizers.

        loss: number or tensor of one element (a device tensor is read later). batch: record indices, or a list of lists of
        them, one a micro-batch; default what PyTorch's DataLoader yielded since the last point.
        """
        if self._recorder is None:
            self.begin()
        recorder, capture = self._recorder, self._capture
        if recorder is None:
            return
        from lace._capture import POINT
        from lace._device import value_of

        step = int(step)
        if step < 0:
            raise ValueError("step is %d: it counts from 0" % step)
        capture = self._capture
        capture.manual = True
        bound = _bound(batch) if batch is not None else capture.binding.take_batches() if self._hooked else []
        value = value_of(loss)
        recorder.events.append((POINT, step, [value], bound, None if lr is None else float(lr), time.time(), tokens))

    @_harmless
    def stop(self, deadline=EXIT_DEADLINE):
        """Ends the run, puts PyTorch's functions back, and delivers what is left within ``deadline`` seconds."""
        with self._lock:
            recorder, capture, spool = self._recorder, self._capture, self._spool
            self._recorder = self._capture = None
            self._hooked = False
            if self._waiting is not None:
                self._waiting()
                self._waiting = None
            if capture is not None:
                capture.remove()
            if recorder is None:
                return
            delivered = recorder.close(deadline, capture.lost)
            if recorder.over:
                spool.close()
        if recorder.points == 0:
            warn_once("nothing", "no loss was recorded; record it yourself: monitor.log(step, loss, batch=indices)")
        if not delivered or recorder.offline:
            say("the loss log waits in %s: send it with `python -m lace sync`" % spool.folder)

    def _start(self, attestation_id, api_key, base_url, mode, bind_order, lookahead, resume, hooks):
        from lace import _config

        settings = _config.resolve(attestation_id, api_key, base_url, mode)
        if settings.mode == "disabled" or _other_rank() or _being_imported_by_a_child():
            return
        if not settings.attestation_id:
            warn_once("attestation", "nothing is recorded: no attestation. Run `lace attest` first, or set LACE_ATTESTATION_ID")
            return
        from lace._capture import Capture
        from lace._recorder import Recorder
        from lace._sender import Sender

        offline = settings.mode == "offline"
        # By hand, batches come with their losses: nothing is committed before.
        order = "streamed" if not hooks else "nonce" if bind_order and not offline else "epoch"
        spool, resumed = _spool_for(settings, resume or os.environ.get("LACE_RESUME") or "allow")
        if not offline and not settings.api_key:
            warn_once("key", "no API key: recording to %s. Set LACE_API_KEY and run `python -m lace sync`" % spool.folder)
        sender = None
        if not offline and settings.api_key:
            sender = Sender(spool, settings.base_url, settings.api_key, order, lambda: _announce(spool, resumed))
        else:
            say("offline, recording to %s (%s)" % (spool.folder, settings.attestation_id))
        recorder = Recorder(spool, sender, resumed)
        nonce = None
        if bind_order:
            nonce = functools.partial(recorder.nonce_order, deadline=NONCE_DEADLINE)
        self._capture = Capture(recorder.events, nonce, lookahead)
        self._recorder, self._spool, self._hooked = recorder, spool, hooks
        recorder.start()
        if sender is not None:
            sender.start()
        if hooks:
            from lace._imports import when_torch_is_there

            self._waiting = when_torch_is_there(self._capture.install)
        if not self._registered:
            self._registered = True
            atexit.register(self.stop)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._forget)

    def _forget(self):
        """In a forked child: no threads came along, and the run belongs to the parent."""
        capture, spool = self._capture, self._spool
        self._clear()
        if capture is not None:
            capture.remove()
        if spool is not None:
            spool.close()


monitor = Monitor()

def _bound(batch):
    """Batches as the recorder takes them, from the user's indices."""
    batch = list(batch)
    nested = bool(batch) and hasattr(batch[0], "__iter__") and not isinstance(batch[0], (str, bytes))
    if nested and getattr(batch[0], "ndim", 1) == 0:
        nested = False  # a tensor or array is a list of numbers here
    return [(None, [int(index) for index in micro], None) for micro in (batch if nested else [batch])]


def _spool_for(settings, resume):
    """A spool to write to and whether it continues one."""
    from lace import _config, _spool

    if resume not in ("allow", "never", "must"):
        raise ValueError("resume is %r: choose allow, never or must" % resume)
    parent = _config.state_folder(settings)
    wanted = os.environ.get("LACE_RUN_ID")
    if resume != "never":
        for folder, facts in reversed(_spool.folders(parent)):
            if _continues(folder, facts, settings, wanted):
                try:
                    spool = _spool.Spool.open(folder)
                except (_spool.SpoolBusy, OSError, ValueError):
                    continue
                if not spool.finished:
                    return spool, True
                spool.close()
    if resume == "must" or (wanted and resume != "never"):
        warn_once("resume", "there is no unfinished run %s in %s: a new one begins" % (wanted or "to resume", parent))
    from lace import __version__

    client = {"lace": __version__}
    torch = sys.modules.get("torch")
    if torch is not None:
        client["torch"] = str(getattr(torch, "__version__", "unknown"))
    _spool.prune(parent, DELIVERED_FOR)
    name = time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + os.urandom(4).hex()
    facts = {"attestation_id": settings.attestation_id, "root": settings.root, "records": settings.records, "client": client}
    facts["base_url"] = settings.base_url
    return _spool.Spool.create(parent, name, facts), False


def _continues(folder, facts, settings, wanted):
    if facts.get("finished") or facts.get("attestation_id") != settings.attestation_id:
        return False
    if wanted:
        return wanted in (facts.get("run_id"), facts.get("local"))
    return time.time() - os.path.getmtime(os.path.join(folder, "items.log")) < RESUME_WITHIN


def _announce(spool, resumed):
    """Runs in the sender's thread. Leaves the run's id where the command line finds it."""
    facts = spool.facts
    say("%s run %s of %s" % ("resuming" if resumed else "recording", facts["run_id"], facts["attestation_id"]))
    import json

    from lace._spool import replace

    pointer = {name: facts[name] for name in ("run_id", "attestation_id", "base_url")}
    parent = os.path.dirname(spool.folder)
    beside = os.path.dirname(parent) if os.path.basename(parent) == "spool" else parent
    replace(os.path.join(beside, "run.json"), json.dumps(pointer, indent=1))


def _other_rank():
    """Only rank 0 of a distributed job reports."""
    for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"):
        if os.environ.get(name, "0").strip() not in ("", "0"):
            return True
    torch = sys.modules.get("torch")
    distributed = getattr(torch, "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank() != 0
    return False


def _being_imported_by_a_child():
    """A child of multiprocessing's spawn runs the main module again to find its functions."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    return multiprocessing is not None and getattr(multiprocessing.current_process(), "_inheriting", False)
