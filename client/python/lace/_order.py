"""Batch order (docs/protocol.md section 6): the reverse hash chain over an epoch's batches, and the order drawn from a nonce."""

import hashlib
import struct
import time

END = hashlib.sha256(b"lace-order/1").digest()
_YIELD_EVERY = 0.0005


class OrderChain:
    """h_0 … h_m of one epoch, 32 bytes each in one buffer, so that any prefix can be opened later."""

    def __init__(self, batches, give_way=False):
        """``give_way``: let go of the interpreter lock every half millisecond, for use beside a training thread."""
        count = len(batches)
        buffer = bytearray(32 * (count + 1))
        digest = buffer[32 * count :] = END
        records = 0
        due = time.perf_counter() + _YIELD_EVERY
        for k in range(count - 1, -1, -1):
            batch = batches[k]
            records += len(batch)
            words = struct.pack(">%dQ" % (len(batch) + 1), len(batch), *batch)
            digest = hashlib.sha256(digest + words).digest()
            buffer[32 * k : 32 * k + 32] = digest
            if give_way and time.perf_counter() > due:
                time.sleep(0)
                due = time.perf_counter() + _YIELD_EVERY
        self.records = records
        self._buffer = bytes(buffer)

    def at(self, k):
        """h_k as hex: k = 0 is the commitment, k opens it for the batches before k."""
        return self._buffer[32 * k : 32 * k + 32].hex()


def nonce_seed(root, nonce):
    """Seed of the order from the dataset root and the run's nonce, both as hex."""
    return hashlib.sha256(bytes.fromhex(root) + bytes.fromhex(nonce)).digest()


def nonce_permutation(seed, epoch, count):
    """The permutation of 0 … count-1 that the nonce sets for this epoch: Fisher-Yates from the top."""
    order = list(range(count))
    words = _words(seed, epoch)
    for i in range(count - 1, 0, -1):
        bound = i + 1
        limit = (1 << 64) // bound * bound
        word = next(words)
        while word >= limit:
            word = next(words)
        j = word % bound
        order[i], order[j] = order[j], order[i]
    return order


def _words(seed, epoch):
    prefix = hashlib.sha256(seed + struct.pack(">Q", epoch))
    block = 0
    while True:
        digest = prefix.copy()
        digest.update(struct.pack(">Q", block))
        for word in struct.unpack(">4Q", digest.digest()):
            yield word
        block += 1
