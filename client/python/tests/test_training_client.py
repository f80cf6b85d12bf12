"""ServiceClient and TrainingClient against the double."""

import os
import threading
import unittest
from unittest import mock

from tests.training_double import KEY
from tests.training_support import BATCH, TrainingTest

from lace.training import AdamParams, Datum, DPBudgetExceeded, ModelInput, ServiceClient, TrainingConfig, ValidationError, errors


class Addresses(TrainingTest):
    def test_with_and_without_the_version(self):
        for rest in ("", "/", "/v1", "/v1/", "/api/v1"):
            with self.subTest(rest):
                self.assertEqual([], self.service(base_url=self.double.url + rest).list_training_clients())
        self.assertEqual({"/v1/training_clients", "/api/v1/training_clients"}, {path for _, path in self.double.requests})

    def test_from_the_environment(self):
        for prefix in ("LACE_", "TS_", "TG_TINKER_"):
            settings = {prefix + "BASE_URL": self.double.url, prefix + "API_KEY": KEY, prefix + "TIMEOUT": "7", prefix + "RETRY_COUNT": "0"}
            with mock.patch.dict(os.environ, settings):
                with ServiceClient() as service:
                    self.assertEqual([], service.list_training_clients())
                    self.assertEqual((7.0, 0), (service._transport._timeout, service._transport._retries))

    def test_a_setting_that_is_no_number(self):
        with mock.patch.dict(os.environ, {"LACE_TIMEOUT": "soon"}), self.assertRaisesRegex(ValidationError, "timeout"):
            ServiceClient(base_url=self.double.url)

    def test_a_key_that_is_not_known(self):
        with self.assertRaises(errors.AuthenticationError) as refused:
            self.service(api_key="other").list_training_clients()
        self.assertEqual(("INVALID_API_KEY", 401), (refused.exception.code, refused.exception.status))

    def test_ids_do_not_reach_into_other_paths(self):
        for bad in ("", "../keys", "tc-1/delete", "tc-1?x", None):
            with self.assertRaises(ValidationError):
                self.service().get_training_client(bad)
        self.assertEqual([], self.double.requests)


class Operations(TrainingTest):
    def test_a_training_loop(self):
        tc = self.training_client()
        future = tc.forward_backward(BATCH)
        step = tc.optim_step()
        self.assertEqual((2.5, 5), (future.result().loss, future.result().tokens_processed))
        self.assertEqual(1, step.result().step)
        self.assertEqual(1, tc.step)
        metrics = tc.get_dp_metrics()
        self.assertEqual((0.01, 7.99, 1, 1), (metrics.epsilon_spent, metrics.epsilon_remaining, metrics.steps, metrics.num_steps))
        self.assertEqual({"rdp": 0.01, "pld": 0.01}, metrics.accountants)
        saved = tc.save_state("first", metadata={"epoch": 1})
        self.assertEqual(("art-1", "AES-256-GCM", True), (saved.artifact_id, saved.encryption.algorithm, saved.encrypted))
        self.assertEqual(7, tc.load_state(saved).step)
        sample = tc.sample("Once", num_samples=2, seed=3, stop_sequences="\n").samples
        self.assertEqual(["made up"] * 2, [s.completion for s in sample])
        sent = dict(self.double.operations())["sample"]
        self.assertEqual((["Once"], ["\n"], 3), (sent["prompts"], sent["stop_sequences"], sent["seed"]))
        self.assertTrue(tc.dp_enabled)
        self.assertEqual(0.008, tc.config["dp_config"]["sample_rate"])

    def test_places_in_the_order_go_on_where_another_program_stopped(self):
        self.training_client().optim_step()
        tc = self.service().get_training_client("tc-1")
        self.assertEqual(2, tc.optim_step().seq_id)

    def test_threads_get_one_place_each(self):
        tc = self.training_client()
        threads = [threading.Thread(target=lambda: [tc.optim_step() for _ in range(5)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(20, len(self.double.operations()))

    def test_figures_of_one_step(self):
        tc = self.training_client()
        tc.optim_step(AdamParams(learning_rate=0.5), weight_decay=0.25)
        tc.optim_step(True)
        tc.train_step(steps=3, learning_rate=0.125)
        sent = [body for _, body in self.double.operations()]
        self.assertEqual((0.5, 0.95, 0.25), (sent[0]["learning_rate"], sent[0]["beta2"], sent[0]["weight_decay"]))
        self.assertEqual({"apply_dp_noise": True}, sent[1])
        self.assertEqual({"steps": 3, "learning_rate": 0.125}, sent[2])
        with self.assertRaisesRegex(TypeError, "no lr"):
            tc.optim_step(lr=1)

    def test_data_in_tinkers_form(self):
        tc = self.training_client()
        inputs = {"target_tokens": [2, 3, 4], "weights": [0.0, 1, 1.0]}
        tc.forward_backward([Datum(ModelInput.from_ints([1, 2, 3]), inputs)], "cross_entropy").result()
        tc.forward([Datum(ModelInput([1]), {"target_tokens": (2,), "logprobs": [-1.5], "advantages": [1.0]})], "ppo", {"clip_low_threshold": 0.9})
        (_, first), (kind, second) = self.double.operations()
        self.assertEqual({"chunks": [{"type": "encoded_text", "tokens": [1, 2, 3]}]}, first["data"][0]["model_input"])
        self.assertEqual({"data": [2, 3, 4], "dtype": "int64", "shape": [3]}, first["data"][0]["loss_fn_inputs"]["target_tokens"])
        self.assertEqual("float32", first["data"][0]["loss_fn_inputs"]["weights"]["dtype"])
        self.assertEqual(("forward", "ppo", {"clip_low_threshold": 0.9}), (kind, second["loss_fn"], second["loss_fn_config"]))

    def test_data_that_is_none(self):
        tc = self.training_client()
        ragged = dict(BATCH, labels=[[1, 2, 3], [4]])
        for bad in ([], [1], {"ids": [[1]]}, {"input_ids": [1, 2]}, {"input_ids": [[1.5]]}, {"input_ids": [["a"]]}, ragged):
            with self.subTest(bad), self.assertRaises(ValidationError):
                tc.forward_backward(bad)
        self.assertEqual([], self.double.operations())

    def test_names_of_tinker_that_are_not_here(self):
        tc = self.training_client()
        with self.assertRaisesRegex(AttributeError, "save_state"):
            tc.save_weights_for_sampler("x")
        self.assertFalse(hasattr(tc, "forward_backward_custom"))

    def test_the_budget_is_a_refusal_at_once_that_takes_no_place(self):
        tc = self.training_client(target_epsilon=0.02)
        tc.optim_step()
        tc.optim_step()
        with self.assertRaises(DPBudgetExceeded) as refused:
            tc.optim_step()
        self.assertEqual(("DP_BUDGET_EXCEEDED", 400), (refused.exception.code, refused.exception.status))
        self.assertEqual({"target_epsilon": 0.02}, refused.exception.details)
        self.assertEqual("art-1", tc.save_state().artifact_id)
        self.assertEqual(3, len(self.double.operations()))

    def test_artifacts(self):
        path = self.service().pull_artifact("art-1", os.path.join(self.folder, "a.safetensors"))
        with open(path, "rb") as file:
            self.assertEqual(b"safetensors of art-1", file.read())
        self.double.fault = lambda *_: 404
        self.double.refusal = {"code": "ARTIFACT_NOT_FOUND"}
        with self.assertRaises(errors.ArtifactNotFound):
            self.service().pull_artifact("art-2", os.path.join(self.folder, "b"))
        self.assertEqual(["a.safetensors"], os.listdir(self.folder))
        self.double.fault = lambda *_: None
        self.assertEqual([{"artifact_id": "art-1"}], self.service().list_artifacts("tc-1"))

    def test_clients_of_the_tenant(self):
        tc = self.training_client()
        self.assertEqual(["tc-1"], [client.id for client in self.service().list_training_clients()])
        tc.optim_step()
        self.assertEqual([{"operation": "optim_step"}], self.service().get_audit_logs(training_client_id="tc-1"))
        tc.delete()
        self.assertEqual((["tc-1"], "terminated"), (self.double.deleted, tc.status))
        with self.assertRaises(errors.TrainingClientNotFound):
            self.service().get_training_client("tc-9")

    def test_a_run_of_an_attested_dataset(self):
        self.assertEqual("run-of-lace-1", self.service().start_run("lace-1"))

    def test_tinkers_way_to_begin(self):
        tc = self.service().create_lora_training_client("org/model", rank=8)
        self.assertEqual((8, False), (tc.config["lora_config"]["rank"], tc.dp_enabled))
        with self.assertRaises(TypeError):
            self.service().create_training_client(TrainingConfig("org/model"), seed=1)


if __name__ == "__main__":
    unittest.main()
