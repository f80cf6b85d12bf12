"""What monitor() costs a training step, beside the same step without it.

    /usr/bin/python3 client/python/benchmarks/monitor_benchmark.py

Watched and bare steps alternate at random in one loop, so that other load on the machine meets both alike; the figure is the
difference of their medians. A bare step still passes through the hooks' first line; that is measured apart and added. "Hooks
alone" is the same calls around functions that do nothing. The run is sent to a service (the tests' double) in a process of its
own. Goals: 5 microseconds a step on the training thread, 0.1 % of a 10 ms step.
"""

import os
import subprocess
import sys
import tempfile
import time

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, PACKAGE)

SERVICE = """
import sys, time
sys.path.insert(0, %r)
from tests.service_double import ServiceDouble
service = ServiceDouble(records=%d)
print(service.url, flush=True)
time.sleep(3600)
"""
RECORDS, BATCH = 8192, 8


def main():
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    service = subprocess.Popen([sys.executable, "-c", SERVICE % (PACKAGE, RECORDS)], stdout=subprocess.PIPE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ.update(
                LACE_ATTESTATION_ID="lace-20261120-134501-x7k2p9", LACE_API_KEY="lace_prod_sk_test", LACE_SPOOL=folder,
                LACE_BASE_URL=service.stdout.readline().decode().strip(), LACE_MODE="online",
            )  # fmt: skip
            from lace import monitor

            inputs = torch.randn(RECORDS, 16)
            targets = torch.randint(0, 4, (RECORDS,))
            loader = DataLoader(TensorDataset(inputs, targets), BATCH, shuffle=True)
            monitor()
            capture, recorder = monitor._capture, monitor._recorder
            capture.remove()
            hooks, passing = alone(torch)
            print("hooks alone: %.2f us a step, %.2f us while switched off (best of 15)" % (hooks, passing))
            capture.off = False
            capture.install()
            print("%-20s %10s %10s %9s" % ("step", "bare", "added", "ratio"))
            busy, begun = time.process_time(), time.thread_time()
            small = measure("as small as can be", capture, loader, tiny_step(torch), 20000, passing)
            busy, begun = time.process_time() - busy, time.thread_time() - begun
            behind = 1e6 * (busy - begun) / max(1, recorder.points)
            large = measure("10 ms", capture, loader, tiny_step(torch), 1500, passing, wait=0.01)
            monitor.stop(30.0)
            print("recorder and sender threads, beside training: %.1f us of processor a point" % behind)
            print("points recorded: %d, dropped: %d" % (recorder.points, recorder.dropped))
            print("against the goals: %.2f of 5 us, %.2f of 0.1 %% of 10 ms" % (small / 5.0, large / 10.0))
    finally:
        service.kill()


def alone(torch):
    """What one step's calls of all hooks cost around functions that do nothing: at work, and switched off."""
    from collections import deque
    from timeit import repeat

    from torch.utils.data import dataloader

    from lace import _passes
    from lace._capture import Capture

    base, batch = dataloader._BaseDataLoaderIter, (torch.zeros(8, 16), torch.zeros(8, dtype=torch.int64))
    kept = torch.autograd.backward, base._next_index, base.__next__
    torch.autograd.backward = lambda *args, **named: None
    base._next_index, base.__next__ = lambda iterator: [1], lambda iterator: batch

    class Iterator(base):
        def __init__(self):
            self._sampler_iter = object()

    loss = (torch.ones(3, requires_grad=True) * 2).sum()
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    iterator = Iterator()
    capture = Capture(deque(maxlen=100))

    def step():
        iterator._next_index()
        next(iterator)
        loss.backward()
        optimizer._optimizer_step_code()

    try:
        bare = min(repeat(step, number=2000, repeat=15))
        capture.install()
        iterator._lace_pass = _passes.Pass(batch, iterator._sampler_iter, [[1]])
        iterator._lace_pass.owner = capture
        iterator._lace_pass.announced, iterator._lace_pass.token_path = True, (1,)
        watched = min(repeat(step, number=2000, repeat=15))
        capture.off = True
        off = min(repeat(step, number=2000, repeat=15))
    finally:
        capture.remove()
        torch.autograd.backward, base._next_index, base.__next__ = kept
    return 1e6 * (watched - bare) / 2000, 1e6 * (off - bare) / 2000


def tiny_step(torch):
    model = torch.nn.Linear(16, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step(batch):
        loss = torch.nn.functional.cross_entropy(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def measure(name, capture, loader, step, steps, passing, wait=0.0):
    """Added time of a watched step in microseconds. ``wait``: the thread waits as long in each step, as it does for a device;
    the wait is not in the difference, what it does to the caches is."""
    import random

    choose = random.Random(1).random
    bare, watched = [], []
    while len(bare) + len(watched) < steps:
        capture.off = False
        iterator = iter(loader)
        step(next(iterator))  # not counted: it draws the epoch's order, which would be drawn anyway
        for _ in range(min(len(loader) - 1, steps)):
            capture.off = choose() < 0.5
            if wait:
                time.sleep(wait)
            begun = time.perf_counter()
            step(next(iterator))
            (bare if capture.off else watched).append(time.perf_counter() - begun)
    capture.off = False
    bare, watched = 1e6 * median(bare), 1e6 * median(watched)
    added = watched - bare + passing
    bare += 1e6 * wait - passing
    print("%-20s %7.1f us %+7.2f us %7.3f %%" % (name, bare, added, 100 * added / bare))
    return added


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


if __name__ == "__main__":
    main()
