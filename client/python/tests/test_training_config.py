"""Configurations are checked before anything is sent; batches are drawn as differential privacy assumes."""

import os
import unittest
import warnings
from unittest import mock

from tests.support import needs_torch
from tests.training_support import BATCH, TrainingTest

from lace.training import DatasetConfig, DPConfig, LoRAConfig, OptimizerConfig, PoissonLoader, TrainingConfig, ValidationError


class Configurations(TrainingTest):
    def test_privacy_needs_the_number_of_records(self):
        config = TrainingConfig("org/model", dp_config=DPConfig())
        with self.assertRaisesRegex(ValidationError, "dataset_size.*LACE_DATASET_SIZE"):
            self.service().create_training_client(config)
        self.assertEqual([], self.double.requests)
        with mock.patch.dict(os.environ, {"LACE_DATASET_SIZE": "2000"}):
            self.assertEqual(2000, config.to_json()["dp_config"]["dataset_size"])
        with mock.patch.dict(os.environ, {"LACE_DATASET_SIZE": "many"}), self.assertRaises(ValidationError):
            config.to_json()
        self.assertNotIn("dataset_size", TrainingConfig("org/model", dp_config=DPConfig(), dataset="a.jsonl").to_json()["dp_config"])

    def test_what_is_sent(self):
        config = TrainingConfig("org/model", LoRAConfig(rank=4), OptimizerConfig("sgd"), dataset="train.jsonl", run="run-1", seed=3)
        body = config.to_json()
        self.assertEqual({"path": "train.jsonl"}, body["dataset"])
        self.assertEqual(("sgd", [0.9, 0.999]), (body["optimizer"]["name"], body["optimizer"]["betas"]))
        self.assertEqual({"field": "text", "path": "x"}, TrainingConfig("m", dataset=DatasetConfig("x", field="text")).to_json()["dataset"])
        self.assertNotIn("dp_config", TrainingConfig("m", dp_config=DPConfig(enabled=False)).to_json())

    def test_another_one_like_it(self):
        config = TrainingConfig("org/model", LoRAConfig(rank=4), dp_config=DPConfig(dataset_size=9), dataset="a.jsonl", run="run-1", seed=3)
        body = config.to_json()
        again = TrainingConfig.of(dict(body, something="new")).to_json()
        self.assertEqual("run-1", body.pop("run"))
        self.assertEqual(body, again)

    def test_mistakes_are_named(self):
        wrong = {
            "model_ref": TrainingConfig(" "),
            "rank": TrainingConfig("m", LoRAConfig(rank=0)),
            "dropout": TrainingConfig("m", LoRAConfig(dropout=1)),
            "target_modules": TrainingConfig("m", LoRAConfig(target_modules=[])),
            "OptimizerConfig.name": TrainingConfig("m", optimizer=OptimizerConfig("lion")),
            "betas": TrainingConfig("m", optimizer=OptimizerConfig(betas=(0.9, 1.0))),
            "noise_multiplier": TrainingConfig("m", dp_config=DPConfig(noise_multiplier=0, dataset_size=9)),
            "target_delta": TrainingConfig("m", dp_config=DPConfig(target_delta=0.5, dataset_size=9)),
            "accountant_type": TrainingConfig("m", dp_config=DPConfig(accountant_type="zcdp", dataset_size=9)),
            "batch_size": TrainingConfig("m", batch_size=True),
            "max_steps": TrainingConfig("m", max_steps=0),
            "DatasetConfig": TrainingConfig("m", dataset=DatasetConfig()),
        }
        for name, config in wrong.items():
            with self.subTest(name), self.assertRaisesRegex(ValidationError, name):
                config.to_json()


class Loader(TrainingTest):
    def test_every_record_with_its_rate(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loader = PoissonLoader([[7]] * 500, 0.02, steps=400, seed=1)
        sizes = [len(batch["input_ids"]) for batch in loader]
        self.assertEqual(400, len(sizes))
        # Mean 10, variance 9.8: sizes differ as binomials do, which a shuffled loader's would not.
        mean = sum(sizes) / 400
        self.assertAlmostEqual(10, mean, delta=0.5)
        self.assertAlmostEqual(9.8, sum((size - mean) ** 2 for size in sizes) / 400, delta=2.5)

    def test_randomness_is_not_repeatable_unless_asked_for(self):
        loader = PoissonLoader(range(2000), 0.5, 1)
        self.assertNotEqual(loader.draw(), loader.draw())
        with self.assertWarnsRegex(RuntimeWarning, "no privacy"):
            seeded = PoissonLoader(range(2000), 0.5, 1, seed=5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertEqual(seeded.draw(), PoissonLoader(range(2000), 0.5, 1, seed=5).draw())
        self.assertEqual(list(range(70000)), PoissonLoader(range(70000), 1, 1).draw())

    def test_an_empty_batch_is_a_step(self):
        tc = self.training_client(sample_rate=1e-12)
        for batch in tc.poisson_loader([[1, 2]], steps=2):
            tc.forward_backward(batch)
            tc.optim_step()
        self.assertEqual(["forward_backward", "optim_step"] * 2, [name for name, _ in self.double.operations()])
        self.assertEqual([], self.double.operations()[0][1]["batch"]["input_ids"])

    def test_padding(self):
        batch = next(iter(PoissonLoader([[1, 2, 3], {"input_ids": [4], "labels": [-100]}], 1, 1)))
        self.assertEqual([[1, 2, 3], [4, 0, 0]], batch["input_ids"])
        self.assertEqual([[1, 1, 1], [1, 0, 0]], batch["attention_mask"])
        self.assertEqual([[1, 2, 3], [-100, -100, -100]], batch["labels"])

    @needs_torch
    def test_tensors_and_arrays(self):
        import numpy
        import torch

        tc = self.training_client()
        for make in (torch.tensor, numpy.array):
            tc.forward_backward({name: make(rows) for name, rows in BATCH.items()})
            tc.forward_backward({name: [make(row) for row in rows] for name, rows in BATCH.items()})
        self.assertEqual([BATCH] * 4, [body["batch"] for _, body in self.double.operations()])


if __name__ == "__main__":
    unittest.main()
