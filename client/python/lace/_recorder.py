"""The thread that turns what the hooks saw into the loss log on disk.

It owns the spool. The training thread only appends to ``events``; the sender only reads segments that this thread has ended
and written. Order of writes: items, end of segment, fsync, then the sender is told.
"""

import os
import threading
import time
from collections import deque

from lace import _segment
from lace._capture import PASS, POINT
from lace._order import OrderChain, nonce_permutation, nonce_seed
from lace._say import warn_once

TICK = 0.2
FLUSH = 1.0
BACKLOG_FLUSH = 10.0
TAIL = 10.0
OPEN_PASSES = 16
EVENT_LIMIT = 1000000


class Recorder:
    def __init__(self, spool, sender, resumed):
        """``sender``: None offline."""
        self.events = deque()
        self.points = spool.points
        self.dropped = spool.lost
        self._spool = spool
        self._sender = sender
        self._lost = 0
        self._deadline = 0.0
        self._step = spool.next_step
        self._epoch = spool.next_epoch
        self._lengths = set()  # of datasets, until the attested one is known
        self._open = []  # passes with batches that a tail may still open
        self._stop = threading.Event()
        self._flushed_at = self._tail_at = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="lace-recorder", daemon=True)
        spool.cut()
        spool.append(_segment.start_item(_now(), os.urandom(8).hex(), resumed))
        spool.cut()

    def start(self):
        self._thread.start()

    def nonce_order(self, count, deadline):
        """(epoch, permutation) that the run's nonce sets; None where the run is not known in time or is over other data.
        Called by the training thread, which waits for it."""
        if self._sender is None:
            warn_once("nonce", "offline there is no nonce: the order is committed epoch by epoch instead")
            return None
        if not self._sender.known.wait(deadline):
            warn_once("nonce", "no nonce in %g s: the order is committed epoch by epoch instead" % deadline)
            self._sender.order = "epoch"
            return None
        facts = self._spool.facts
        if not facts.get("nonce") or facts.get("order") != "nonce":
            warn_once("nonce", "this run has no nonce order: the order is committed epoch by epoch instead")
            return None
        if facts["records"] != count:
            return None  # the check of the length, in _pass, says so
        epoch = self._next_epoch()
        return epoch, nonce_permutation(nonce_seed(facts["root"], facts["nonce"]), epoch, count)

    @property
    def offline(self):
        return self._sender is None

    @property
    def over(self):
        """Whether no thread uses the spool any more."""
        return not self._thread.is_alive() and (self._sender is None or self._sender.done.is_set())

    def close(self, deadline, lost):
        """Writes what is left with tail and finish, and lets the sender deliver it. False where time ran out."""
        until = time.monotonic() + deadline
        self._lost = lost
        self._deadline = until - min(1.0, deadline / 4)
        self._stop.set()
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._thread.is_alive():
            return False
        if self._sender is None:
            return True
        self._sender.close()
        done = self._sender.done.wait(max(0.0, until - time.monotonic()))
        self._check_lengths()
        return done and self._sender.refused is None

    def _work(self):
        while not self._stop.wait(TICK):
            self._guarded(self._tick)
        self._guarded(self._finish)

    def _guarded(self, action):
        try:
            action()
        except OSError as failure:
            warn_once("disk", "cannot write %s (%s); losses are kept in memory for now" % (self._spool.folder, failure))
        except Exception as failure:
            warn_once("recorder", "recording failed (%s: %s)" % (type(failure).__name__, failure))

    def _tick(self):
        self._drain()
        self._check_lengths()
        now = time.monotonic()
        if now - self._tail_at >= TAIL:
            self._tail_at = now
            self._tails()
        late = BACKLOG_FLUSH if self._sender is None or self._sender.behind > 3 else FLUSH
        if self._spool.open_items and now - self._flushed_at >= late:
            self._ship()
        else:
            self._spool.flush()
            if self._sender is not None and self._sender.behind:
                self._sender.wake()

    def _ship(self):
        self._flushed_at = time.monotonic()
        self._spool.cut()
        self._spool.flush()
        self._spool.sync()
        if self._sender is not None:
            self._sender.wake()

    def _finish(self):
        while self.events and time.monotonic() < self._deadline:
            self._drain()
            if self.events:
                time.sleep(0.005)  # a device still computes the last losses
        self.dropped += len(self.events) + self._lost
        self._tails()
        self._append(_segment.finish_item(_now(), self.points + self.dropped, self.dropped))
        self._ship()

    def _drain(self):
        events = self.events
        while events:
            event = events.popleft()
            try:
                if event[0] == POINT:
                    if not all(type(loss) is float or loss.ready for loss in event[2]):
                        events.appendleft(event)
                        break
                    self._point(event)
                elif event[0] == PASS:
                    self._pass(event[1])
            except OSError:
                raise
            except Exception as failure:
                self.dropped += event[0] == POINT
                warn_once("item", "a step could not be recorded (%s: %s)" % (type(failure).__name__, failure))
        while len(events) > EVENT_LIMIT:
            events.popleft()
            self.dropped += 1

    def _point(self, event):
        _, step, losses, bound, lr, at, tokens = event
        values = [loss if type(loss) is float else loss.read() for loss in losses]
        micro = _micro_batches(bound)
        if tokens is None and bound and all(entry[2] is not None for entry in bound):
            tokens = sum(entry[2] for entry in bound)
        number = self._step if step is None else step
        loss = sum(values) / len(values)
        item = _segment.point_item(number, loss, int(at * 1000), lr, tokens, micro)
        if len(item) >= _segment.MAX_ITEM_BYTES:
            warn_once("large", "a batch has too many records for one segment: such points are logged without their indices")
            item = _segment.point_item(number, loss, int(at * 1000), lr, tokens, None)
            micro = None
        if not self._append(item):
            return
        self._step = max(self._step, number + 1)
        self.points += 1
        for entry in bound if micro is not None else ():
            current, k = entry[0], entry[1]
            if current is not None and k == current.revealed and k < current.held:
                current.revealed = k + 1

    def _pass(self, current):
        """Commits the order of a pass: the item goes out in a segment of its own, before the first loss."""
        self._note_length(current)
        if current.unknown or not current.batches:
            return
        self._tails()
        if current.epoch is None:
            current.epoch = self._next_epoch()
        try:
            current.chain = OrderChain(current, give_way=True)
        except Exception as failure:
            current.unknown = True
            warn_once("indices", "the sampler's indices are no record numbers (%s): batch order unknown" % failure)
            return
        self._append(_segment.order_item(current.epoch, current.chain.records, len(current), current.chain.at(0)))
        self._open.append(current)
        del self._open[:-OPEN_PASSES]
        self._ship()

    def _tails(self):
        for current in self._open:
            if current.chain is not None and current.revealed > current.tailed:
                self._append(_segment.tail_item(current.epoch, current.revealed, current.chain.at(current.revealed)))
                current.tailed = current.revealed
        self._open = [current for current in self._open if current.tailed < len(current)]

    def _note_length(self, current):
        try:
            self._lengths.add(len(current.dataset))
        except Exception:
            pass  # a dataset without length: nothing to compare

    def _check_lengths(self):
        known = self._spool.facts.get("records")
        if known is None:
            return
        while self._lengths:
            count = self._lengths.pop()
            if count != known:
                text = "the DataLoader's dataset has %d records, the attested one %d: record numbers may not mean the same"
                warn_once("length", text % (count, known))

    def _append(self, item):
        if self._spool.append(item):
            return True
        self.dropped += 1
        return False

    def _next_epoch(self):
        epoch = self._epoch
        self._epoch += 1
        return epoch


def _micro_batches(bound):
    """(epoch, position, indices) of each bound batch; None where the records of any of them are not known."""
    micro = []
    for current, k, _ in bound:
        if current is None:
            micro.append((None, None, k))  # logged by the user: k holds the indices
            continue
        if current.unknown:
            return None
        try:
            committed = k < current.held and current.chain is not None
            indices = current[k] if k < current.held else current.stray(k)
        except Exception:
            return None
        if indices and not 0 <= min(indices) <= max(indices) < 1 << 31:
            return None
        micro.append((current.epoch, k, indices) if committed else (None, None, indices))
    return micro or None


def _now():
    return int(time.time() * 1000)
