"""Writes order_vectors.json and segment_vectors.json from docs/protocol.md with hashlib alone.

Independent of the C# and of the Python client: both are tested against what this prints.
Run: /usr/bin/python3 tests/data/make_vectors.py
"""

import base64
import hashlib
import hmac
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u64(x):
    return struct.pack(">Q", x)


def fold(h, batch):
    return sha(h, u64(len(batch)), *[u64(i) for i in batch])


def chain(batches):
    """h_0 ... h_m; h[k] opens the commitment for the batches before k."""
    h = [sha(b"lace-order/1")]
    for b in reversed(batches):
        h.append(fold(h[-1], b))
    return h[::-1]


def permutation(root, nonce, epoch, n):
    seed = sha(root, nonce)
    words = (
        int.from_bytes(block[o : o + 8], "big")
        for block in (sha(seed, u64(epoch), u64(c)) for c in range(1 << 62))
        for o in (0, 8, 16, 24)
    )

    def uniform(m):
        limit = (1 << 64) // m * m
        while True:
            w = next(words)
            if w < limit:
                return w % m

    a = list(range(n))
    for i in range(n - 1, 0, -1):
        j = uniform(i + 1)
        a[i], a[j] = a[j], a[i]
    return a


def slices(a, size):
    return [a[i : i + size] for i in range(0, len(a), size)]


def order_vectors():
    root = sha(b"lace test root")
    nonce = sha(b"lace test nonce")
    commitments = []
    for name, batches in [
        ("no batches", []),
        ("one batch of one", [[0]]),
        ("an empty batch differs from none", [[]]),
        ("three batches, the last one short", [[4, 0, 2], [1, 5, 3], [6]]),
        ("large indices", [[16777215, 0], [2147483647, 65536]]),
    ]:
        commitments.append({"name": name, "batches": batches, "chain": [h.hex() for h in chain(batches)]})
    orders = []
    for n, epoch in [(1, 0), (2, 0), (10, 0), (10, 1), (10, 4294967296), (100, 3)]:
        orders.append({"epoch": epoch, "records": n, "permutation": permutation(root, nonce, epoch, n)})
    big = permutation(root, nonce, 0, 40000)
    orders.append(
        {
            "epoch": 0,
            "records": 40000,
            "sha256_of_u64be": sha(b"".join(map(u64, big))).hex(),
            "first": big[:16],
            "last": big[-16:],
        }
    )
    whole = slices(permutation(root, nonce, 1, 10), 4)
    return {
        "source": "tests/data/make_vectors.py, docs/protocol.md section 6",
        "commitments": commitments,
        "root": root.hex(),
        "nonce": nonce.hex(),
        "seed": sha(root, nonce).hex(),
        "permutations": orders,
        "nonce_epoch": {"epoch": 1, "records": 10, "batch": 4, "batches": whole, "commit": chain(whole)[0].hex()},
    }


def segment_vectors():
    run_id = "run-20261120-134601-ab12cd"
    root = sha(b"lace test root").hex()
    key = bytes(range(32))
    batches = [[4, 0, 2], [1, 5, 3], [6]]
    h = [x.hex() for x in chain(batches)]
    at = 1795182361000
    bodies = []
    prev = sha(b"lace-run/1", run_id.encode(), root.encode()).hex()
    start = prev
    items = [
        [
            {"type": "start", "at": at, "process": "00112233445566778899aabbccddeeff", "resumed": False},
            {"type": "order", "epoch": 0, "records": 7, "batches": 3, "commit": h[0]},
        ],
        [
            {
                "type": "point",
                "step": 0,
                "loss": 2.5,
                "at": at + 10,
                "lr": 0.001,
                "tokens": 96,
                "batch": [{"e": 0, "k": 0, "i": batches[0]}],
            },
            {
                "type": "point",
                "step": 1,
                "loss": "nan",
                "at": at + 20,
                "steps": 2,
                "batch": [{"e": 0, "k": 1, "i": batches[1]}, {"e": 0, "k": 2, "i": batches[2]}],
            },
            {"type": "tail", "epoch": 0, "next": 3, "chain": h[3]},
        ],
        [
            {"type": "point", "step": 2, "loss": 1e-3, "at": at + 30, "batch": [{"i": [1, 2]}]},
            {"type": "point", "step": 3, "loss": "-inf", "at": at + 40},
            {"type": "finish", "at": at + 50, "points": 4, "dropped": 0},
        ],
    ]
    for seq, batch in enumerate(items):
        head = json.dumps(
            {"v": 1, "run_id": run_id, "seq": seq, "prev": prev, "items": batch}, separators=(",", ":")
        )[:-1].encode()
        mac = hmac.new(key, head, hashlib.sha256).hexdigest()
        body = head + b',"mac":"' + mac.encode() + b'"}'
        assert len(body) - len(head) == 74 and json.loads(body)["mac"] == mac
        bodies.append({"body": body.decode(), "mac": mac, "sha256": sha(body).hex()})
        prev = bodies[-1]["sha256"]
    return {
        "source": "tests/data/make_vectors.py, docs/protocol.md section 5",
        "run_id": run_id,
        "root": root,
        "ingest_key": base64.b64encode(key).decode(),
        "prev_of_seq_0": start,
        "segments": bodies,
    }


for name, value in [("order_vectors.json", order_vectors()), ("segment_vectors.json", segment_vectors())]:
    with open(os.path.join(HERE, name), "w") as f:
        json.dump(value, f, indent=1)
        f.write("\n")
