"""What is recorded when a loop fails, restarts, forks, logs by hand or has its order bound."""

import math
import os
import threading
import unittest

from tests.support import HAS_TORCH, LoopTest, needs_torch

if HAS_TORCH:
    from tests.loops import DataLoader, Numbered, Trainer, torch


@needs_torch
class Recording(LoopTest):
    def test_errors_of_the_loop_pass_through_unchanged(self):
        class Broken(Numbered):
            def __getitem__(self, index):
                if index == 9:
                    raise KeyError("record 9")
                return super().__getitem__(index)

        self.monitor()
        trainer = Trainer()
        with self.assertRaisesRegex(KeyError, "record 9"):
            trainer.epoch(DataLoader(Broken(), 4))
        with self.assertRaisesRegex(RuntimeError, "does not require grad"):
            torch.zeros(()).backward()
        self.same(trainer, self.finished(2))

    def test_going_on_after_a_batch_that_failed(self):
        class Broken(Numbered):
            def __getitem__(self, index):
                if index == 9:
                    raise KeyError("record 9")
                return super().__getitem__(index)

        for workers in (0, 2):
            with self.subTest(workers=workers):
                self.service.runs.clear()
                self.monitor()
                trainer = Trainer()
                iterator = iter(DataLoader(Broken(), 4, num_workers=workers))
                while True:
                    try:
                        batch = next(iterator)
                    except KeyError:
                        continue
                    except StopIteration:
                        break
                    loss = trainer.loss(batch)
                    loss.backward()
                    trainer.step([loss.item()])
                run = self.finished(9)
                self.same(trainer, run)
                self.assertEqual({0: 2}, run.opened)  # the commitment opens up to the batch that nobody saw

    def test_reentrant_backward_is_no_second_loss(self):
        from torch.utils.checkpoint import checkpoint

        self.monitor()
        trainer = Trainer()
        layer = trainer.model[0]
        for inputs, targets in DataLoader(Numbered(), 20):
            hidden = checkpoint(lambda x: layer(x).sum(1, keepdim=True)[:1], inputs.requires_grad_())
            loss = hidden.sum()
            loss.backward()
            trainer.optimizer.step()
        run = self.finished(2)
        self.assertTrue(all(len(point["batch"]) == 1 for point in run.points))

    def test_the_public_step_hook_is_taken_where_pytorch_has_one(self):
        from torch.optim import optimizer as module

        hooks = []

        class Handle:  # stands in for PyTorch 2's registry of hooks
            def remove(self):
                del hooks[:]

        def register_optimizer_step_post_hook(hook):
            hooks.append(hook)
            return Handle()

        module.register_optimizer_step_post_hook = register_optimizer_step_post_hook
        try:
            self.monitor()
            trainer = Trainer()
            for batch in DataLoader(Numbered(), 20):
                loss = trainer.loss(batch)
                loss.backward()
                trainer.step([loss.item()])
                for hook in hooks:
                    hook(trainer.optimizer, (), {})
            self.same(trainer, self.finished(2))
            self.assertEqual([], hooks)
        finally:
            del module.register_optimizer_step_post_hook

    def test_scaled_loss_is_recorded_unscaled(self):
        class Scaler(torch.cuda.amp.GradScaler):  # CPU builds refuse the real one: this keeps its shape
            def scale(self, outputs):
                return outputs * 65536.0

        original = torch.cuda.amp.GradScaler.scale
        torch.cuda.amp.GradScaler.scale = Scaler.scale
        try:
            self.monitor()
            scaler = torch.cuda.amp.GradScaler(enabled=False)
            trainer = Trainer()
            for batch in DataLoader(Numbered(), 20):
                loss = trainer.loss(batch)
                scaler.scale(loss).backward()
                trainer.step([loss.item()])
            self.same(trainer, self.finished(2))
        finally:
            torch.cuda.amp.GradScaler.scale = original

    def test_nothing_captured_is_said_once(self):
        self.monitor()
        parameter = torch.nn.Parameter(torch.ones(2))
        optimizer = torch.optim.SGD([parameter], lr=0.1)
        for _ in range(450):
            parameter.grad = torch.ones(2)
            optimizer.step()
        self.assertEqual(1, self.warned("no loss was seen"))
        self.monitor.stop()
        self.assertEqual(1, self.warned("monitor.log("))

    def test_a_loop_without_optimizer_is_said_once(self):
        self.monitor()
        weight = torch.nn.Parameter(torch.ones(2))
        for _ in range(10000):
            weight.sum().backward()
        self.assertEqual(1, self.warned("no step of a PyTorch optimizer"))
        self.assertLess(len(self.monitor._capture.losses), 5000)

    def test_a_loader_in_a_thread_of_its_own(self):
        import queue

        self.monitor(lookahead=True)
        trainer = Trainer()
        waiting = queue.Queue(4)
        loader = DataLoader(Numbered(), 2, shuffle=True)

        def fetch():
            for batch in loader:
                waiting.put(batch)
            waiting.put(None)

        thread = threading.Thread(target=fetch)
        thread.start()
        for batch in iter(waiting.get, None):
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
        thread.join()
        self.same(trainer, self.finished(20))

    def test_started_and_restarted_in_the_middle_of_an_epoch(self):
        for workers, known in ((0, True), (2, False)):
            with self.subTest(workers=workers):
                self.service.runs.clear()
                trainer = Trainer()
                iterator = iter(DataLoader(Numbered(), 4, shuffle=True, num_workers=workers))

                def steps(count):
                    for _ in range(count):
                        loss = trainer.loss(next(iterator))
                        loss.backward()
                        trainer.step([loss.item()])

                steps(2)
                self.monitor()
                steps(3)
                self.monitor.stop(20.0)
                self.monitor()
                steps(3)
                self.monitor.stop(20.0)
                for first, run in zip((2, 5), self.service.runs.values()):
                    self.assertEqual({}, run.check())
                    self.assertEqual([], run.of("order"))
                    seen = [[micro["i"] for micro in point["batch"]] if known else "batch" in point for point in run.points]
                    self.assertEqual(trainer.batches[first : first + 3] if known else [False] * 3, seen)

    def test_tokens_without_padding(self):
        def pad(records):
            inputs = torch.stack([record[0] for record in records])
            targets = torch.full((len(records), 5), -100)
            for row, record in enumerate(records):
                targets[row, : int(record[0][0]) % 5 + 1] = record[1]
            return {"x": inputs, "length": torch.zeros(2, dtype=torch.long), "labels": targets, "mask": targets > 0}

        for workers in (0, 1):
            with self.subTest(workers=workers):
                self.service.runs.clear()
                self.monitor()
                trainer, expected = Trainer(), []
                for batch in DataLoader(Numbered(), 4, shuffle=True, collate_fn=pad, num_workers=workers):
                    loss = trainer.loss((batch["x"], batch["labels"][:, 0]))
                    loss.backward()
                    trainer.step([loss.item()])
                    expected.append(int((batch["labels"] >= 0).sum()))
                run = self.finished(10)
                self.same(trainer, run)
                counted = [point.get("tokens") for point in run.points]
                self.assertEqual(expected if workers == 0 else [None] * 10, counted)

    def test_bound_order_follows_the_nonce(self):
        from lace._order import nonce_permutation, nonce_seed

        self.monitor(bind_order=True)
        trainer = Trainer()
        for _ in range(2):
            trainer.epoch(DataLoader(Numbered(), 7, shuffle=True, drop_last=True))
        run = self.finished(10)
        self.same(trainer, run)
        self.assertEqual("nonce", run.asked["order"])
        seed = nonce_seed(self.service.root, run.nonce)
        for epoch in range(2):
            order = nonce_permutation(seed, epoch, 40)
            seen = [micro["i"] for point in run.points for micro in point["batch"] if micro["e"] == epoch]
            self.assertEqual([order[start : start + 7] for start in range(0, 35, 7)], seen)

    def test_bound_order_falls_back_when_the_service_is_away(self):
        from lace import _monitor

        self.service.status = 503
        self.addCleanup(setattr, _monitor, "NONCE_DEADLINE", _monitor.NONCE_DEADLINE)
        _monitor.NONCE_DEADLINE = 0.1
        self.monitor(bind_order=True)
        trainer = Trainer()
        trainer.epoch(DataLoader(Numbered(), 8, shuffle=True))
        self.assertEqual(1, self.warned("committed epoch by epoch"))
        self.service.status = None
        run = self.finished(5)
        self.same(trainer, run)
        self.assertEqual("epoch", run.asked["order"])

    def test_another_dataset_length_is_said_once(self):
        self.monitor()
        for _ in range(2):
            Trainer().epoch(DataLoader(Numbered(24), 8))
        self.finished(6)
        self.assertEqual(1, self.warned("has 24 records, the attested one 40"))

    def test_hand_logged_points_take_the_loaders_batches(self):
        self.monitor()
        trainer = Trainer()
        for number, batch in enumerate(DataLoader(Numbered(), 10, shuffle=True)):
            loss = trainer.loss(batch)
            self.monitor.log(number, loss)
            loss.backward()
            trainer.step([loss.item()])
        self.same(trainer, self.finished(4))

    def test_logging_from_many_threads(self):
        def log(first):
            for step in range(first, first + 200):
                self.monitor.log(step, step / 7, batch=[step, step + 1])

        threads = [threading.Thread(target=log, args=(first,)) for first in range(0, 1600, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run = self.finished(1600)
        self.assertEqual(set(range(1600)), {point["step"] for point in run.points})
        for point in run.points:
            self.assertEqual([{"i": [point["step"], point["step"] + 1]}], point["batch"])

    def test_a_forked_child_does_not_send(self):
        self.monitor()
        trainer = Trainer()
        trainer.epoch(DataLoader(Numbered(), 8))
        child = os.fork()
        if child == 0:
            try:
                hooked = torch.autograd.backward.__qualname__
                Trainer().epoch(DataLoader(Numbered(), 8))
                self.monitor.stop()
                quiet = self.monitor._recorder is None and "Capture" not in hooked
            finally:
                os._exit(0 if quiet else 1)
        self.assertEqual(0, os.waitpid(child, 0)[1])
        trainer.epoch(DataLoader(Numbered(), 8))
        self.same(trainer, self.finished(10))

    def test_a_loss_that_is_no_number_does_not_disturb(self):
        self.monitor()
        self.monitor.log(0, "high", batch=[1])
        self.monitor.log(-1, 2.0)
        self.monitor.log(1, 2.0, batch=["a"])
        self.monitor.log(2, math.pi, batch=[[1, 2], [3]])
        run = self.finished(1)
        self.assertEqual([{"i": [1, 2]}, {"i": [3]}], run.points[0]["batch"])


if __name__ == "__main__":
    unittest.main()
