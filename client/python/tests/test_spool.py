"""The spool survives whatever a killed process can leave behind."""

import os
import random
import shutil
import tempfile
import unittest

from tests import support  # noqa: F401  (finds the package)
from lace import _segment, _spool


class Spools(unittest.TestCase):
    def setUp(self):
        self.parent = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.parent)

    def written(self, segments, per_segment):
        spool = _spool.Spool.create(self.parent, "one", {"attestation_id": "lace-x"})
        step = 0
        for _ in range(segments):
            for _ in range(per_segment):
                spool.append(_segment.point_item(step, 0.5, step, batch=[(None, None, [step])]))
                step += 1
            spool.cut()
            spool.flush()
        spool.close()
        path = os.path.join(spool.folder, "items.log")
        with open(path, "rb") as file:
            return path, file.read()

    def test_cut_at_any_byte_it_holds_the_whole_items_before(self):
        path, whole = self.written(2, 3)
        for length in range(len(whole) + 1):
            with open(path, "wb") as file:
                file.write(whole[:length])
            spool = _spool.Spool.open(os.path.dirname(path))
            lines = whole[:length].split(b"\n")
            self.assertEqual(sum(b'"point"' in line for line in lines[:-1]), spool.points)
            self.assertEqual(1 if lines[-1] else 0, spool.lost)
            self.assertEqual(sum(b" #" in line for line in lines[:-1]), len(spool.segments))
            for number in range(len(spool.segments)):
                self.assertEqual(3, len(spool.read(number)))
            spool.append(_segment.point_item(spool.next_step, 1.0, 0))
            spool.cut()
            spool.flush()
            spool.close()
            again = _spool.Spool.open(os.path.dirname(path))
            self.assertEqual((spool.points + 1, 0), (again.points, again.lost))
            again.close()

    def test_any_changed_byte_ends_what_is_believed(self):
        path, whole = self.written(3, 2)
        chosen = random.Random(5)
        for _ in range(100):
            place = chosen.randrange(len(whole))
            with open(path, "wb") as file:
                file.write(whole[:place] + bytes([whole[place] ^ (1 << chosen.randrange(7))]) + whole[place + 1 :])
            spool = _spool.Spool.open(os.path.dirname(path))
            self.assertEqual(1, spool.lost)
            self.assertEqual(whole.rfind(b"\n", 0, place) + 1, os.path.getsize(path))
            spool.close()

    def test_segments_stay_within_the_protocols_size(self):
        spool = _spool.Spool.create(self.parent, "one", {})
        chosen = random.Random(6)
        for step in range(400):
            indices = [chosen.randrange(1 << 31) for _ in range(chosen.randrange(6000))]
            self.assertTrue(spool.append(_segment.point_item(step, 1.0, 0, batch=[(0, step, indices)])))
        for step in range(20000):
            spool.append(_segment.point_item(step, 1.0, 0))
        spool.cut()
        spool.flush()
        total, prev = 0, "0" * 64
        for seq in range(len(spool.segments)):
            items = spool.read(seq)
            body, prev = _segment.segment("run-" + 60 * "x", seq, prev, items, b"k" * 32)
            self.assertLessEqual(len(body), _segment.MAX_SEGMENT_BYTES)
            self.assertLessEqual(len(items), _segment.MAX_SEGMENT_ITEMS)
            total += len(items)
        self.assertEqual(20400, total)
        spool.close()

    def test_segments_that_were_sent_and_are_gone_end_the_run(self):
        path, whole = self.written(3, 2)
        spool = _spool.Spool.open(os.path.dirname(path))
        spool.sent = 3
        spool.close()
        with open(path, "wb") as file:
            file.write(whole[: len(whole) // 2])
        with self.assertRaisesRegex(ValueError, "lacks segments"):
            _spool.Spool.open(os.path.dirname(path))

    def test_delivered_spools_are_removed_after_a_while(self):
        self.written(1, 1)
        spool = _spool.Spool.open(os.path.join(self.parent, "one"))
        _spool.prune(self.parent, older_than=-1.0)
        self.assertEqual(["one"], os.listdir(self.parent))
        spool.save(finished=True)
        spool.close()
        _spool.prune(self.parent, older_than=3600.0)
        self.assertEqual(["one"], os.listdir(self.parent))
        _spool.prune(self.parent, older_than=-1.0)
        self.assertEqual([], os.listdir(self.parent))


if __name__ == "__main__":
    unittest.main()
