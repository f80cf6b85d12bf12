"""Whatever breaks on the way, an operation happens once."""

import unittest

from tests.training_support import BATCH, TrainingTest

from lace.training import QueueFull, QuotaExceeded, RateLimited, SeqConflict, ServerError, TrainingConfig, Unreachable


class Retries(TrainingTest):
    def faults(self, *kinds, on="optim_step"):
        left = list(kinds)
        self.double.fault = lambda method, path, number: left.pop(0) if left and path.endswith(on) else None

    def test_an_answer_that_was_lost_doubles_nothing(self):
        tc = self.training_client()
        self.faults("lose", "drop", "lose")
        self.assertEqual(1, tc.optim_step().result().step)
        self.assertEqual(1, len(self.double.operations()))
        self.assertGreaterEqual(len(self.double.posts("optim_step")), 2)

    def test_nor_does_a_creation(self):
        self.faults("lose", "lose", on="training_clients")
        self.service().create_training_client(TrainingConfig("org/model"))
        self.assertEqual(["tc-1"], list(self.double.clients))

    def test_the_same_call_after_a_failure_finds_the_same_operation(self):
        tc = self.training_client()
        self.faults(*["lose"] * 20)
        with self.assertRaises(Unreachable):
            tc.optim_step()
        self.faults()
        self.assertEqual(1, tc.optim_step().seq_id)
        self.assertEqual(2, tc.optim_step().seq_id)
        self.assertEqual(2, len(self.double.operations()))

    def test_another_call_after_a_failure_comes_behind_it(self):
        tc = self.training_client()
        self.faults(*["lose"] * 20)
        with self.assertRaises(Unreachable):
            tc.optim_step()
        self.faults()
        tc.forward_backward(BATCH)
        self.assertEqual(["optim_step", "forward_backward"], [name for name, _ in self.double.operations()])

    def test_two_programs_on_one_training_client(self):
        tc, other = self.training_client(), None
        other = self.service().get_training_client(tc.id)
        other.forward_backward(BATCH)
        with self.assertRaises(SeqConflict):
            tc.optim_step()
        self.assertEqual(2, tc.refresh().optim_step().seq_id)

    def test_delays_double_and_have_an_end(self):
        tc = self.training_client()
        self.faults(*[500] * 20)
        with self.assertRaises(ServerError):
            tc.optim_step()
        self.assertEqual([0.125, 0.25, 0.5], self.slept)

    def test_busy_is_waited_for_as_the_service_asks(self):
        tc = self.training_client()
        self.double.headers = {"Retry-After": "7"}
        self.faults(*[429] * 5)
        tc.optim_step()
        self.assertEqual([7.0] * 5, self.slept)

    def test_but_no_longer_than_the_timeout(self):
        self.double.headers = {"Retry-After": "7"}
        for status, code, kind in ((429, "RATE_LIMITED", RateLimited), (503, "QUEUE_FULL", QueueFull)):
            tc = self.service(timeout=5).create_training_client(TrainingConfig("org/model"))
            self.double.refusal = {"code": code}
            self.faults(*[status] * 5)
            with self.assertRaises(kind) as refused:
                tc.optim_step()
            self.assertEqual(7.0, refused.exception.retry_after)
            self.faults()
            self.assertEqual(1, tc.optim_step().seq_id)

    def test_a_refusal_is_not_tried_again(self):
        tc = self.training_client()
        self.double.refusal = {"code": "VALIDATION_ERROR"}
        self.faults(422)
        with self.assertRaisesRegex(ValueError, "as the test wants"):
            tc.optim_step()
        self.assertEqual([], self.slept)

    def test_nobody_waits_for_a_quota(self):
        self.double.headers, self.double.refusal = {"Retry-After": "60"}, {"code": "QUOTA_EXCEEDED"}
        self.faults(429, on="training_clients")
        with self.assertRaises(QuotaExceeded):
            self.training_client()
        self.assertEqual([], self.slept)

    def test_a_service_that_is_away(self):
        service = self.service()
        self.double.close()
        with self.assertRaisesRegex(Unreachable, "is the service running"):
            service.list_training_clients()

    def test_an_answer_that_is_no_json(self):
        self.double._route = lambda *_: (200, b"<html>")
        with self.assertRaisesRegex(Unreachable, "no JSON"):
            self.service().list_training_clients()

    def test_a_redirect_is_not_followed(self):
        self.double.fault = lambda *_: 302
        self.double.headers = {"Location": "http://127.0.0.1:9/"}
        with self.assertRaises(Exception) as refused:
            self.service().list_training_clients()
        self.assertEqual(302, refused.exception.status)


if __name__ == "__main__":
    unittest.main()
