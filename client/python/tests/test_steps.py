"""Losses and optimizer steps: one point each, and the training itself is left as it was."""

import copy
import pickle

from tests.support import HAS_TORCH, LoopTest, needs_torch

if HAS_TORCH:
    from torch.utils.data import IterableDataset, RandomSampler, SubsetRandomSampler

    from tests.loops import DataLoader, Numbered, Trainer, torch


@needs_torch
class Steps(LoopTest):
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
