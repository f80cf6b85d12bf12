"""Losses on a device, with test doubles for the CUDA stream and event: this machine need not have a GPU."""

import unittest
from unittest import mock

from tests.support import HAS_TORCH, needs_torch

if HAS_TORCH:
    import torch

    from lace import _device


class EventDouble:
    made = []

    def __init__(self):
        self.passed = False
        EventDouble.made.append(self)

    def record(self, stream):
        self.stream = stream

    def query(self):
        return self.passed


@needs_torch
class Device(unittest.TestCase):
    def chunk(self):
        empty = torch.empty
        EventDouble.made = []

        def unpinned(*size, pin_memory, **options):
            self.assertTrue(pin_memory)
            return empty(*size, **options)

        patches = (
            mock.patch.object(torch, "empty", unpinned),
            mock.patch.object(torch.cuda, "Event", EventDouble),
            mock.patch.object(torch.cuda, "current_stream", lambda device: "the training stream"),
        )
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        return _device._Chunk(torch.zeros(()))

    def test_a_loss_is_read_only_after_the_stream_has_passed_it(self):
        chunk = self.chunk()
        loss = torch.tensor([2.5], requires_grad=True) * 1
        first = chunk.put(loss)
        self.assertFalse(first.ready)
        (event,) = EventDouble.made
        self.assertEqual("the training stream", event.stream)
        later = chunk.put(loss * 2)
        event.passed = True
        self.assertTrue(first.ready)
        self.assertEqual(2.5, first.read())
        self.assertFalse(later.ready, "the event was recorded before this copy")
        EventDouble.made[-1].passed = True
        self.assertTrue(later.ready)
        self.assertEqual(5.0, later.read())

    def test_one_event_covers_all_copies_before_it(self):
        chunk = self.chunk()
        pending = [chunk.put(torch.tensor(float(n))) for n in range(100)]
        self.assertFalse(pending[99].ready)
        EventDouble.made[0].passed = True
        self.assertEqual(list(range(100)), [loss.read() for loss in pending if loss.ready])
        self.assertEqual(1, len(EventDouble.made))

    def test_a_later_change_in_place_is_not_seen(self):
        chunk = self.chunk()
        loss = torch.tensor(1.0)
        pending = chunk.put(loss)
        kept = _device.Kept(loss)
        loss.mul_(100)
        self.assertEqual((1.0, 1.0), (pending.read(), kept.read()))

    def test_numbers_and_tensors(self):
        self.assertEqual(2.0, _device.value_of(2))
        self.assertEqual(2.0, _device.value_of(torch.tensor([[2]])))
        with self.assertRaises(ValueError):
            _device.value_of(torch.zeros(2))


if __name__ == "__main__":
    unittest.main()
