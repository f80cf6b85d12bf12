"""Known answers for docs/protocol.md sections 5 and 6, shared with the C# tests."""

import base64
import hashlib
import json
import os
import struct
import unittest

from tests import support  # noqa: F401  (finds the package)
from lace import _order, _segment

DATA = os.path.join(support.PACKAGE, "..", "..", "tests", "data")


def vectors(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return json.load(file)


class OrderVectors(unittest.TestCase):
    def test_commitment_chain(self):
        for known in vectors("order_vectors.json")["commitments"]:
            with self.subTest(known["name"]):
                chain = _order.OrderChain(known["batches"])
                self.assertEqual(known["chain"], [chain.at(k) for k in range(len(known["batches"]) + 1)])
                self.assertEqual(sum(map(len, known["batches"])), chain.records)

    def test_nonce_permutations(self):
        document = vectors("order_vectors.json")
        seed = _order.nonce_seed(document["root"], document["nonce"])
        self.assertEqual(document["seed"], seed.hex())
        self.assertGreater(len(document["permutations"]), 3)
        for known in document["permutations"]:
            order = _order.nonce_permutation(seed, known["epoch"], known["records"])
            if "permutation" in known:
                self.assertEqual(known["permutation"], order)
            else:
                words = struct.pack(">%dQ" % len(order), *order)
                self.assertEqual(known["sha256_of_u64be"], hashlib.sha256(words).hexdigest())
        known = document["nonce_epoch"]
        order = _order.nonce_permutation(seed, known["epoch"], known["records"])
        batches = [order[start : start + known["batch"]] for start in range(0, known["records"], known["batch"])]
        self.assertEqual(known["batches"], batches)
        self.assertEqual(known["commit"], _order.OrderChain(batches).at(0))


class SegmentVectors(unittest.TestCase):
    def test_bodies_byte_for_byte(self):
        known = vectors("segment_vectors.json")
        key = base64.b64decode(known["ingest_key"])
        prev = _segment.origin(known["run_id"], known["root"])
        self.assertEqual(known["prev_of_seq_0"], prev)
        items = (
            [
                _segment.start_item(1795182361000, "00112233445566778899aabbccddeeff", False),
                _segment.order_item(0, 7, 3, "f4a9143e8ddca9bfdc9fbc8def64b50bdf47e3181a488e153450e90180b3c141"),
            ],
            [
                _segment.point_item(0, 2.5, 1795182361010, 0.001, 96, [(0, 0, [4, 0, 2])]),
                '{"type":"point","step":1,"loss":"nan","at":1795182361020,"steps":2,'
                '"batch":[{"e":0,"k":1,"i":[1,5,3]},{"e":0,"k":2,"i":[6]}]}',
                _segment.tail_item(0, 3, _order.END.hex()),
            ],
            [
                _segment.point_item(2, 0.001, 1795182361030, batch=[(None, None, [1, 2])]),
                _segment.point_item(3, float("-inf"), 1795182361040),
                _segment.finish_item(1795182361050, 4, 0),
            ],
        )
        for seq, (written, expected) in enumerate(zip(items, known["segments"])):
            body, digest = _segment.segment(known["run_id"], seq, prev, written, key)
            self.assertEqual(expected["body"], body.decode())
            self.assertEqual(expected["sha256"], digest)
            prev = digest

    def test_numbers_are_json(self):
        for value, written in ((float("nan"), '"nan"'), (float("inf"), '"inf"'), (1e-12, "1e-12"), (1e22, "1e+22"), (3.0, "3.0")):
            item = _segment.point_item(0, value, 0, lr=1e-5)
            self.assertIn('"loss":%s,' % written, item)
            json.loads(item)
        self.assertNotIn("lr", _segment.point_item(0, 1.0, 0, lr=float("nan")))


if __name__ == "__main__":
    unittest.main()
