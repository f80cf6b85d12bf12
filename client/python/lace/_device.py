"""Losses on a device: copied to pinned memory in stream order, read when the copies are known to be done.

The training thread only enqueues one copy a loss. The recorder thread marks the stream with an event and asks whether it has
passed; it never makes the training thread wait.
"""

import threading

CHUNK = 1024
_local = threading.local()


class _Chunk:
    """A piece of pinned memory that fills up in stream order."""

    def __init__(self, like):
        import torch

        self.values = torch.empty(CHUNK, dtype=like.dtype, device="cpu", pin_memory=True)
        self.slots = list(self.values.unbind(0))
        self.count = 0
        self.done = 0
        self.stream = torch.cuda.current_stream(like.device)
        self._mark = None

    def put(self, loss):
        place = self.count
        self.slots[place].copy_(loss.detach().reshape(()), non_blocking=True)
        self.count = place + 1
        return Pending(self, place)

    def ready(self, place):
        import torch

        if place < self.done:
            return True
        if self._mark is None:
            count = self.count  # before the event: copies that come later are not covered
            event = torch.cuda.Event()
            event.record(self.stream)
            self._mark = (event, count)
        event, count = self._mark
        if event.query():
            self.done = count
            self._mark = None
        return place < self.done


class Pending:
    """A loss that the device may still be computing."""

    __slots__ = ("_chunk", "_place")

    def __init__(self, chunk, place):
        self._chunk = chunk
        self._place = place

    @property
    def ready(self):
        return self._chunk.ready(self._place)

    def read(self):
        return float(self._chunk.values[self._place])


class Kept:
    """A loss on a device without streams that we know: a copy, read later."""

    __slots__ = ("_copy",)
    ready = True

    def __init__(self, loss):
        self._copy = loss.detach().clone()

    def read(self):
        return float(self._copy.item())


def value_of(loss):
    """A number, or something with ``ready`` and ``read()``."""
    if not hasattr(loss, "detach"):
        return float(loss)
    if loss.numel() != 1:
        raise ValueError("a loss has one element, not %d" % loss.numel())
    if loss.is_cpu:
        return float(loss.item())
    if not loss.is_cuda:
        return Kept(loss)
    chunks = _local.__dict__
    key = (loss.device, loss.dtype, _stream(loss.device))
    chunk = chunks.get(key)
    if chunk is None or chunk.count == CHUNK:
        chunk = chunks[key] = _Chunk(loss)
    return chunk.put(loss)


def _stream(device):
    """Handle of the current stream: copies of another stream are not covered by a chunk's events."""
    import torch

    raw = getattr(torch._C, "_cuda_getCurrentRawStream", None)
    return raw(device.index) if raw is not None else torch.cuda.current_stream(device).cuda_stream
