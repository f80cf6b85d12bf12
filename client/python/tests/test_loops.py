"""Ordinary training loops on real PyTorch: each step's batch is the one that it saw."""

from tests.support import HAS_TORCH, LoopTest, needs_torch

if HAS_TORCH:
    from torch.utils.data import BatchSampler, RandomSampler, Sampler, Subset, SubsetRandomSampler, WeightedRandomSampler

    from tests.loops import DataLoader, Numbered, Trainer, torch


@needs_torch
class Loops(LoopTest):
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
