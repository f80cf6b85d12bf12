"""FutureHandle: waiting, time limits, cancelling, callbacks, failures."""

import asyncio
import threading
import unittest
import warnings

from tests.training_support import BATCH, TrainingTest

from lace.training import FutureCancelledError, FutureFailedError, FutureTimeoutError


class Futures(TrainingTest):
    def release(self, status="completed", error=None):
        for op in self.double.clients["tc-1"]["ops"]:
            op.update(status=status, error=error)
            if error:
                op["result"] = None

    def test_waits_in_one_question(self):
        self.double.hold = True
        future = self.training_client().forward_backward(BATCH)
        self.assertEqual("pending", future.status())
        self.assertFalse(future.done())
        threading.Timer(0.2, self.release).start()
        asked = len(self.double.requests)
        self.assertEqual(2.5, future.result(timeout=10).loss)
        self.assertLessEqual(len(self.double.requests) - asked, 3)
        self.assertTrue(future.done())
        asked = len(self.double.requests)
        future.result()
        self.assertEqual(asked, len(self.double.requests))

    def test_a_time_limit(self):
        self.double.hold = True
        future = self.training_client().optim_step()
        with self.assertRaises(TimeoutError) as late:
            future.result(timeout=0.2)
        self.assertTrue(self.double.waits)
        self.assertLessEqual(max(self.double.waits), 0.2)
        self.assertIsInstance(late.exception, FutureTimeoutError)
        with self.assertRaises(FutureTimeoutError):
            future.result(timeout=0)
        self.release()
        self.assertEqual(1, future.result().step)

    def test_cancelling(self):
        self.double.hold = True
        future = self.training_client().optim_step()
        self.assertTrue(future.cancel())
        self.assertFalse(future.cancel())
        with self.assertRaises(FutureCancelledError):
            future.result()
        self.assertIsInstance(future.exception(), FutureCancelledError)

    def test_a_failure_has_the_workers_code(self):
        self.double.hold = True
        tc = self.training_client()
        future = tc.optim_step()
        self.release("failed", {"code": "WORKER_LOST", "message": "the worker was lost"})
        with self.assertRaisesRegex(FutureFailedError, "the worker was lost") as failed:
            future.result()
        self.assertEqual("WORKER_LOST", failed.exception.code)
        self.assertEqual(1, tc.get_dp_metrics().steps)

    def test_callbacks(self):
        self.double.hold = True
        future = self.training_client().optim_step()
        called, seen = threading.Event(), []
        future.add_done_callback(lambda done: 1 / 0)
        future.add_done_callback(lambda done: (seen.append(done.result().step), called.set()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.release()
            self.assertTrue(called.wait(10))
        self.assertEqual([1], seen)

    def test_await(self):
        tc = self.training_client()

        async def steps():
            return await asyncio.gather(*[self.awaited(tc.optim_step()) for _ in range(3)])

        self.assertEqual([1, 2, 3], [result.step for result in asyncio.run(steps())])

    async def awaited(self, future):
        return await future

    def test_a_future_of_an_earlier_process(self):
        future = self.training_client().optim_step()
        again = self.service().get_future(future.future_id)
        self.assertEqual(("optim_step", "tc-1", 1), (again.operation, again.training_client_id, again.result().step))


if __name__ == "__main__":
    unittest.main()
