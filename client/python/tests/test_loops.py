"""Ordinary training loops on real PyTorch: what was recorded is what each step saw."""

import copy
import math
import os
import pickle
import threading
import unittest

from tests.support import HAS_TORCH, ServiceTest, needs_torch

if HAS_TORCH:
    from torch.utils.data import (
        BatchSampler, IterableDataset, RandomSampler, Sampler, Subset, SubsetRandomSampler, WeightedRandomSampler,
    )  # fmt: skip

    from tests.loops import DataLoader, Numbered, Trainer, torch


@needs_torch
class Loops(ServiceTest):
    def same(self, trainer, run, offset=0):
        """Losses, batches and their order are the trainer's own."""
        points = run.points[offset:]
        self.assertEqual(len(trainer.losses), len(points))
        for step, (loss, micro, point) in enumerate(zip(trainer.losses, trainer.batches, points)):
            self.assertAlmostEqual(loss, point["loss"], places=6)
            self.assertEqual(micro, [m["i"] for m in point["batch"]], "step %d" % step)
            self.assertEqual(step + offset, point["step"])

    def test_plain_loop(self):
        self.monitor()
        trainer = Trainer()
        trainer.epoch(DataLoader(Numbered(), 8, shuffle=True))
        run = self.finished(5)
        self.same(trainer, run)
        self.assertEqual({0: 5}, run.opened)
        self.assertEqual([8] * 5, [point["tokens"] for point in run.points])
        self.assertEqual([0.01] * 5, [point["lr"] for point in run.points])
        self.assertEqual("epoch", run.asked["order"])
        self.assertFalse(run.asked["offline"])
        order = run.of("order")
        self.assertEqual([(0, 40, 5)], [(item["epoch"], item["records"], item["batches"]) for item in order])

    def test_workers(self):
        self.monitor()
        trainer = Trainer()
        loader = DataLoader(Numbered(), 4, shuffle=True, num_workers=2)
        trainer.epoch(loader)
        trainer.epoch(loader)
        run = self.finished(20)
        self.same(trainer, run)
        self.assertEqual({0: 10, 1: 10}, run.opened)

    def test_persistent_workers(self):
        self.monitor()
        trainer = Trainer()
        loader = DataLoader(Numbered(), 4, shuffle=True, num_workers=2, persistent_workers=True)
        for _ in range(3):
            trainer.epoch(loader)
        run = self.finished(30)
        self.same(trainer, run)
        self.assertEqual({0: 10, 1: 10, 2: 10}, run.opened)

    def test_accumulation_is_one_point_with_all_micro_batches(self):
        self.monitor()
        trainer = Trainer()
        trainer.epoch(DataLoader(Numbered(), 4, shuffle=True), accumulate=5)
        run = self.finished(2)
        self.same(trainer, run)
        self.assertEqual([0, 1, 2, 3, 4], [micro["k"] for micro in run.points[0]["batch"]])

    def test_validation_in_between_is_not_attributed(self):
        for inside in (True, False):
            with self.subTest(inside=inside):
                trainer = Trainer()
                self.service.runs.clear()
                self.monitor()
                train, held_out = Numbered(), DataLoader(Numbered(40), 5)
                for _ in range(2):
                    trainer.epoch(DataLoader(train, 8, shuffle=True))
                    trainer.validate(held_out, inside)
                self.same(trainer, self.finished(10))

    def test_part_of_a_validation_is_not_attributed(self):
        self.monitor()
        trainer = Trainer()
        held_out = DataLoader(Numbered(), 5)
        for number, batch in enumerate(DataLoader(Numbered(), 8)):
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
            if number == 2:
                for seen, _ in enumerate(held_out):  # fetched with gradients enabled, left early
                    if seen == 3:
                        break
        self.same(trainer, self.finished(5))

    def test_subset_is_mapped_to_the_attested_records(self):
        self.monitor()
        trainer = Trainer()
        inner = Subset(Numbered(), list(range(39, -1, -1)))
        trainer.epoch(DataLoader(Subset(inner, [5, 6, 7, 20, 21, 22]), 3, shuffle=True))
        run = self.finished(2)
        self.same(trainer, run)
        self.assertEqual(0, self.warned("has 6 records"))

    def test_samplers_that_draw_at_once_are_committed(self):
        data = Numbered()
        generator = torch.Generator().manual_seed(5)
        samplers = {
            "sequential": None,
            "subset": SubsetRandomSampler(range(10, 30)),
            "weighted": WeightedRandomSampler([1.0] * 40, 24),
            "replacement": RandomSampler(data, replacement=True, num_samples=50),
            "own generator": RandomSampler(data, generator=generator),
            "own generator, longer than the data": RandomSampler(data, num_samples=100, generator=generator),
            "list": list(range(39, 0, -1)),
        }
        for name, sampler in samplers.items():
            with self.subTest(name):
                self.service.runs.clear()
                self.monitor()
                trainer = Trainer()
                trainer.epoch(DataLoader(data, 8, sampler=sampler))
                run = self.finished(len(trainer.losses))
                self.same(trainer, run)
                self.assertEqual({0: len(trainer.losses)}, run.opened)

    def test_batch_samplers(self):
        data = Numbered()
        for name, kind in (("PyTorch's", BatchSampler(RandomSampler(data), 6, True)), ("a list", [[1, 2], [3], [0, 39]])):
            with self.subTest(name):
                self.service.runs.clear()
                self.monitor()
                trainer = Trainer()
                trainer.epoch(DataLoader(data, batch_sampler=kind))
                self.same(trainer, self.finished(len(trainer.losses)))

    def test_a_sampler_of_the_users_own_is_streamed(self):
        class Endless(Sampler):
            def __init__(self):
                pass

            def __iter__(self):
                while True:
                    yield int(torch.randint(40, ()))

        self.monitor()
        trainer = Trainer()
        for number, batch in enumerate(DataLoader(Numbered(), 4, sampler=Endless())):
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
            if number == 7:
                break
        run = self.finished(8)
        self.same(trainer, run)
        self.assertEqual([], run.of("order"))
        self.assertNotIn("e", run.points[0]["batch"][0])

    def test_a_generator_that_others_use_falls_back_to_streamed(self):
        self.monitor()
        trainer = Trainer()
        generator = torch.Generator().manual_seed(1)
        sampler = RandomSampler(Numbered(), replacement=True, num_samples=96, generator=generator)
        for batch in DataLoader(Numbered(), 8, sampler=sampler):
            torch.rand(3, generator=generator)
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
        run = self.finished(12)
        self.same(trainer, run)
        self.assertIn("e", run.points[0]["batch"][0])
        self.assertNotIn("e", run.points[11]["batch"][0])

    def test_a_loader_subclass_that_fetches_ahead(self):
        class Ahead(DataLoader):  # the shape of Accelerate's loader: one batch ahead of what it yields
            def __iter__(self):
                iterator = super().__iter__()
                current = next(iterator)
                for following in iterator:
                    yield current
                    current = following
                yield current

        self.monitor()
        trainer = Trainer()
        loader, held_out = Ahead(Numbered(), 8, shuffle=True), Ahead(Numbered(), 5)
        for _ in range(2):
            trainer.epoch(loader)
            trainer.validate(held_out, inside=False)
        for number, batch in enumerate(loader):  # left early: the batch fetched ahead is never used
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
            if number == 2:
                break
        trainer.epoch(loader, accumulate=5)
        run = self.finished(14)
        self.same(trainer, run)

    def test_a_prefetcher_made_by_hand(self):
        self.monitor(lookahead=True)
        trainer = Trainer()
        iterator = iter(DataLoader(Numbered(), 8, shuffle=True))
        following = next(iterator)
        while following is not None:
            batch, following = following, next(iterator, None)
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
        self.same(trainer, self.finished(5))

    def test_two_loaders_in_step(self):
        self.monitor()
        trainer = Trainer()
        for one, two in zip(DataLoader(Numbered(), 4, shuffle=True), DataLoader(Numbered(), 4)):
            loss = trainer.loss(one) + trainer.loss(two)
            loss.backward()
            trainer.step([loss.item()])
        self.same(trainer, self.finished(10))

    def test_closure(self):
        self.monitor()
        trainer = Trainer(lambda parameters: torch.optim.LBFGS(parameters, lr=0.1, max_iter=3))
        for batch in DataLoader(Numbered(), 20):
            first = []

            def closure():
                trainer.optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(trainer.model(batch[0] / 40), batch[1])
                loss.backward()
                first.append(loss.item())
                return loss

            trainer.optimizer.step(closure)
            trainer.losses.append(sum(first) / len(first))
            trainer.batches.append([[int(n) for n in batch[0][:, 0].tolist()]])
        self.same(trainer, self.finished(2))

    def test_two_optimizers_after_one_loss_are_one_point(self):
        self.monitor()
        trainer = Trainer()
        other = torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))], lr=0.5)
        for batch in DataLoader(Numbered(), 20):
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
            other.step()
        run = self.finished(2)
        self.same(trainer, run)

    def test_loss_that_is_changed_in_place_later(self):
        self.monitor()
        trainer = Trainer()
        for batch in DataLoader(Numbered(), 20):
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
            loss.detach().mul_(1000)
        self.same(trainer, self.finished(2))

    def test_losses_that_are_not_finite(self):
        self.monitor()
        trainer = Trainer()
        factors = [1.0, float("nan"), float("inf"), float("-inf"), 1.0]
        for factor, batch in zip(factors, DataLoader(Numbered(), 8)):
            loss = trainer.loss(batch) * 0 + factor
            loss.backward()
            trainer.optimizer.zero_grad()
            trainer.step([loss.item()])
        run = self.finished(5)
        self.assertEqual([1.0, "nan", "inf", "-inf", 1.0], [point["loss"] for point in run.points])

    def test_no_data_loader_means_order_unknown(self):
        self.monitor()
        trainer = Trainer()
        data = Numbered()
        for start in range(0, 40, 10):
            loss = trainer.loss((data.inputs[start : start + 10], data.targets[start : start + 10]))
            loss.backward()
            trainer.step([loss.item()])
        run = self.finished(4)
        self.assertTrue(all("batch" not in point and "tokens" not in point for point in run.points))

    def test_iterable_dataset_means_order_unknown(self):
        class Stream(IterableDataset):
            def __iter__(self):
                return iter([Numbered()[i] for i in range(16)])

        self.monitor()
        trainer = Trainer()
        trainer.epoch(DataLoader(Stream(), 4))
        run = self.finished(4)
        self.assertTrue(all("batch" not in point for point in run.points))

    def test_keys_that_are_no_numbers_mean_order_unknown(self):
        class Named(Numbered):
            def __getitem__(self, key):
                return super().__getitem__(int(key[1:]))

        self.monitor()
        trainer = Trainer()
        trainer.epoch(DataLoader(Named(), 2, sampler=["r3", "r1", "r2"]))
        run = self.finished(2)
        self.assertTrue(all("batch" not in point for point in run.points))
        self.assertEqual(1, self.warned("no record numbers"))

    def test_a_batch_too_large_for_a_segment_is_logged_without_indices(self):
        class Big(Numbered):
            def __getitem__(self, index):
                return super().__getitem__(index % 40)

        self.monitor()
        trainer = Trainer()
        trainer.epoch(DataLoader(Big(), batch_sampler=[list(range(60000)), [1, 2]]))
        run = self.finished(2)
        self.assertEqual([False, True], ["batch" in point for point in run.points])
        self.assertEqual(1, self.warned("too many records"))

    def test_large_batches_split_into_segments(self):
        self.monitor()
        trainer = Trainer()
        loader = DataLoader(Numbered(), batch_sampler=[[n % 40 for n in range(9000)]] * 25)
        trainer.epoch(loader)
        run = self.finished(25)
        self.same(trainer, run)
        self.assertGreater(len(run.bodies), 3)

    def test_optimizers_and_schedulers_work_as_before(self):
        self.monitor()
        trainer = Trainer(lambda parameters: torch.optim.AdamW(parameters, lr=0.1))
        scheduler = torch.optim.lr_scheduler.StepLR(trainer.optimizer, 1, 0.5)
        for batch in DataLoader(Numbered(), 20):
            loss = trainer.loss(batch)
            loss.backward()
            trainer.step([loss.item()])
            scheduler.step()
        again = pickle.loads(pickle.dumps(trainer.optimizer))
        copied = copy.deepcopy(trainer.optimizer)
        self.assertEqual(len(again.state), len(copied.state))
        trainer.optimizer.load_state_dict(again.state_dict())
        run = self.finished(2)
        self.same(trainer, run)
        self.assertEqual([0.1, 0.05], [point["lr"] for point in run.points])

    def test_stop_puts_everything_back(self):
        from torch.utils.data import dataloader

        def hooked():
            return (
                torch.autograd.backward, torch.optim.Optimizer.__dict__.get("_optimizer_step_code"),
                dataloader._BaseDataLoaderIter._next_index, dataloader._BaseDataLoaderIter.__next__,
                DataLoader.__iter__, torch.cuda.amp.GradScaler.scale,
            )  # fmt: skip

        before = hooked()
        self.monitor()
        self.assertNotEqual(before, hooked())
        self.monitor.stop()
        self.assertEqual(before, hooked())
        Trainer().epoch(DataLoader(Numbered(), 8))

    def test_weights_are_the_same_to_the_bit(self):
        def train(monitored, make):
            torch.manual_seed(11)
            if monitored:
                self.service.runs.clear()
                self.monitor()
            trainer = Trainer()
            loader = make()
            for epoch in range(3):
                for number, batch in enumerate(loader):
                    loss = trainer.loss(batch)
                    loss.backward()
                    trainer.step([loss.item()])
                    if epoch == 1 and number == 2:
                        break
            state = torch.get_rng_state()
            if monitored:
                self.monitor.stop()
            return torch.cat([p.detach().flatten() for p in trainer.model.parameters()]), state

        data = Numbered()
        makers = {
            "shuffle": lambda: DataLoader(data, 8, shuffle=True),
            "generator": lambda: DataLoader(data, 8, shuffle=True, generator=torch.Generator().manual_seed(2)),
            "replacement": lambda: DataLoader(data, 8, sampler=RandomSampler(data, True, 40, torch.Generator().manual_seed(2))),
            "subset": lambda: DataLoader(data, 8, sampler=SubsetRandomSampler(range(30))),
            "workers": lambda: DataLoader(data, 8, shuffle=True, num_workers=2),
        }
        for name, make in makers.items():
            with self.subTest(name):
                plain, plain_state = train(False, make)
                watched, watched_state = train(True, make)
                self.assertTrue(torch.equal(plain, watched))
                self.assertTrue(torch.equal(plain_state, watched_state))

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
