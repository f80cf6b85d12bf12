"""What monitor() costs a training step, beside the same loop without it.

    /usr/bin/python3 client/python/benchmarks/monitor_benchmark.py

Blocks of the bare and the watched loop alternate in one process; the figure is the median over pairs of their difference.
"thread" is processor time of the training thread: the hooks. "wall" is elapsed time, which also holds what the recorder
thread takes from the loop by sharing the interpreter lock. The run is sent to a service (the tests' double) in a process of
its own. Goals: 5 microseconds a step on the training thread, 0.1 % of a 10 ms step.
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
            capture = monitor._capture
            print("%-28s %12s %12s %12s %10s" % ("step", "bare", "hooks", "wall", "ratio"))
            hooks = measure("as small as can be", capture, loader, tiny_step(torch), 400, 60)
            measure("10 ms", capture, loader, ten_millisecond_step(torch), 25, 60)
            recorder = monitor._recorder
            monitor.stop(30.0)
            print("points recorded: %d, dropped: %d" % (recorder.points, recorder.dropped))
            print("hooks against the goal of 5 us a step: %.2f" % (hooks / 5.0))
    finally:
        service.kill()


def tiny_step(torch):
    model = torch.nn.Linear(16, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step(batch):
        loss = torch.nn.functional.cross_entropy(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def ten_millisecond_step(torch):
    """The same step and as much matrix work as fills 10 ms on this machine."""
    small = tiny_step(torch)
    square = torch.randn(384, 384)
    count = 0
    start = time.perf_counter()
    while time.perf_counter() - start < 1.0:
        torch.mm(square, square)
        count += 1
    times = max(1, count // 100)

    def step(batch):
        for _ in range(times):
            torch.mm(square, square)
        small(batch)

    return step


def measure(name, capture, loader, step, steps, pairs):
    bare, thread, wall = [], [], []
    block(loader, step, steps)
    for number in range(pairs):
        results = {}
        for watched in (True, False) if number % 2 else (False, True):
            if watched:
                capture.off = False
                capture.install()
            results[watched] = block(loader, step, steps)
            if watched:
                capture.remove()
        bare.append(results[False][0])
        thread.append(results[True][1] - results[False][1])
        wall.append(results[True][0] - results[False][0])
    bare, thread, wall = median(bare), median(thread), median(wall)
    print("%-28s %9.1f us %9.2f us %9.2f us %8.3f %%" % (name, bare, thread, wall, 100 * wall / bare))
    return thread


def block(loader, step, steps):
    """(elapsed, thread's processor time) a step, in microseconds; the loader's start is left out, as it is once an epoch."""
    iterator = iter(loader)
    step(next(iterator))
    elapsed, busy = time.perf_counter(), time.thread_time()
    for _ in range(steps):
        step(next(iterator))
    elapsed, busy = time.perf_counter() - elapsed, time.thread_time() - busy
    return 1e6 * elapsed / steps, 1e6 * busy / steps


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


if __name__ == "__main__":
    main()
