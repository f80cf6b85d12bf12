"""Start, end, crash and bad company: the service down, slow, silent or refusing; the process killed, forked or offline."""

import glob
import inspect
import json
import os
import signal
import stat
import threading
import unittest
from unittest import mock

from tests.support import ATTESTATION, ServiceTest, needs_torch
from tests.service_double import KEY, ServiceDouble

from lace import _config, _spool, _sync

LOOP = """
import sys, time
sys.path.insert(0, %r)
from lace import monitor
monitor()
from tests.loops import *
trainer = Trainer()
"""


class Lifecycle(ServiceTest):
    def spools(self):
        return sorted(glob.glob(os.path.join(self.folder, "spool", "*", "items.log")))

    def log(self, count, first=0):
        for step in range(first, first + count):
            self.monitor.log(step, 1.0 / (step + 1), batch=[step])

    def test_the_run_is_received_while_it_goes(self):
        self.monitor()
        self.log(3)
        self.wait_for(lambda: self.service.runs and self.service.run.points, "points before the end")
        self.log(3, 3)
        run = self.finished(6)
        self.assertEqual([False], [item["resumed"] for item in run.of("start")])
        with open(os.path.join(self.folder, "run.json"), encoding="utf-8") as file:
            self.assertEqual(run.id, json.load(file)["run_id"])

    def test_the_run_says_what_made_it(self):
        self.monitor()
        self.log(1)
        run = self.finished(1)
        self.assertEqual(ATTESTATION, run.asked["attestation_id"])
        self.assertIn("lace", run.asked["client"])
        self.assertEqual(1, self.warned("recording run %s of %s" % (run.id, ATTESTATION)))

    def test_quiet(self):
        os.environ["LACE_QUIET"] = "1"
        from lace._say import say

        say("x")
        self.assertEqual([], self.said)

    def test_secrets_are_for_the_owner_alone(self):
        self.monitor()
        self.log(1)
        self.finished(1)
        folder = os.path.dirname(self.spools()[0])
        self.assertEqual(0o700, stat.S_IMODE(os.stat(folder).st_mode))
        for name in ("run.json", "items.log"):
            self.assertEqual(0o600, stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode))
        with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
            self.assertNotIn(KEY, file.read())

    def test_service_down_then_up(self):
        port = self.service.port
        self.service.close()
        self.monitor()
        self.log(5)
        self.wait_for(lambda: self.warned("does not take the loss log now"), "the warning")
        self.service = ServiceDouble(port=port)
        self.addCleanup(self.service.close)
        self.log(5, 5)
        self.finished(10)
        self.assertEqual(1, self.warned("does not take the loss log now"))

    def test_service_that_fails_in_the_middle(self):
        self.monitor()
        self.log(2)
        self.wait_for(lambda: self.service.runs and self.service.run.points, "the first points")
        self.service.status = 503
        self.log(2, 2)
        self.wait_for(lambda: self.warned("503"), "the warning")
        self.service.status = None
        self.finished(4)

    def test_slow_service(self):
        self.service.delay = 0.3
        self.monitor()
        self.log(50)
        self.finished(50)

    def test_service_down_at_the_end_leaves_the_spool_for_sync(self):
        self.service.status = 503
        self.monitor()
        self.log(4)
        thread, done = self.monitor._recorder._thread, self.monitor._recorder._sender.done
        joining = mock.patch.object(thread, "join", wraps=thread.join)
        with joining as joined, mock.patch.object(done, "wait", wraps=done.wait) as waited:
            stopping = threading.Thread(target=self.monitor.stop, args=(3.0,), daemon=True)
            stopping.start()
            self.wait_for(lambda: not stopping.is_alive(), "stop() give up", 60.0)
        limits = [call.args[0] for call in joined.call_args_list + waited.call_args_list]
        self.assertEqual(2, len(limits))
        self.assertLessEqual(max(limits), 3.0)
        self.assertEqual(1, self.warned("send it with `python -m lace sync`"))
        self.service.status = None
        self.assertEqual(0, _sync.sync(out=self.said.append))
        run = self.finished(4)
        self.assertTrue(run.asked["offline"])

    def test_a_request_still_in_progress_is_repeated(self):
        self.service.status, self.service.code = 409, "in_progress"
        self.monitor()
        self.log(3)
        self.wait_for(lambda: self.warned("in_progress"), "the warning")
        self.service.status = None
        self.finished(3)

    def test_refusals_are_said_once_and_recording_goes_on(self):
        for status, text in ((401, "API key"), (403, "API key"), (404, "does not know"), (409, "refused the run")):
            with self.subTest(status=status):
                from lace import _say

                _say._said.clear()
                del self.said[:]
                self.service.status = status
                self.monitor()
                self.log(3)
                self.wait_for(lambda: self.warned(text), "the warning")
                self.log(3, 3)
                self.monitor.stop(3.0)
                self.assertEqual(1, self.warned(text))
                spool = _spool.Spool.open(os.path.dirname(self.spools()[-1]))
                self.assertEqual((6, True), (spool.points, spool.finished))
                spool.close()

    def test_another_root_is_not_trained_against(self):
        os.makedirs(os.path.join(self.folder, ".lace"))
        pointer = {"attestation_id": ATTESTATION, "base_url": self.service.url, "root": "ab" * 32, "records": 40}
        with open(os.path.join(self.folder, ".lace", "current.json"), "w", encoding="utf-8") as file:
            json.dump(pointer, file)
        del os.environ["LACE_ATTESTATION_ID"], os.environ["LACE_BASE_URL"]
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        os.makedirs(os.path.join(self.folder, "deep", "er"))
        os.chdir(os.path.join(self.folder, "deep", "er"))
        self.monitor()
        self.log(3)
        self.monitor.stop(3.0)
        self.assertEqual(1, self.warned("the service holds root"))
        self.assertEqual([], [run.points for run in self.service.runs.values() if run.points])

    def test_no_attestation_and_no_key(self):
        del os.environ["LACE_API_KEY"]
        self.monitor()
        self.log(2)
        self.monitor.stop(3.0)
        self.assertEqual(1, self.warned("no API key"))
        del os.environ["LACE_ATTESTATION_ID"]
        os.environ["LACE_API_KEY"] = KEY
        self.monitor(mode="online")
        self.assertEqual(1, self.warned("no attestation"))
        self.assertEqual(0, self.service.requests)

    def test_disabled_does_nothing(self):
        os.environ["LACE_MODE"] = "disabled"
        self.monitor()
        self.log(3)
        self.monitor.stop()
        self.assertEqual([], self.said)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "spool")))

    def test_an_unknown_mode_is_said(self):
        os.environ["LACE_MODE"] = "onlien"
        self.monitor()
        self.assertEqual(1, self.warned("choose one of online, offline, disabled"))

    def test_only_rank_0_reports(self):
        for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"):
            os.environ[name] = "3"
            self.monitor()
            self.assertIsNone(self.monitor._recorder)
            os.environ[name] = "0"
        self.monitor()
        self.log(1)
        self.finished(1)

    def test_offline_opens_no_socket_and_sync_sends_all(self):
        import socket

        os.environ["LACE_MODE"] = "offline"
        with mock.patch.object(socket, "socket", side_effect=AssertionError("a socket")):
            self.monitor()
            self.log(30)
            self.monitor.stop()
        self.assertEqual(0, self.service.requests)
        self.assertEqual(1, self.warned("send it with `python -m lace sync`"))
        os.environ["LACE_MODE"] = "online"
        self.assertEqual(0, _sync.sync(out=self.said.append))
        run = self.finished(30)
        self.assertTrue(run.asked["offline"])
        count = self.service.requests
        self.assertEqual(0, _sync.sync(out=self.said.append))
        self.assertEqual(count, self.service.requests)

    def test_sync_says_what_is_left(self):
        os.environ["LACE_MODE"] = "offline"
        self.monitor()
        self.log(3)
        self.monitor.stop()
        self.service.status = 401
        self.assertEqual(4, _sync.sync(out=self.said.append))
        self.service.status = 500
        self.assertEqual(5, _sync.sync(out=self.said.append))
        self.service.status = None
        code, errors = self.python("import runpy, sys; sys.argv[1:] = ['sync']; runpy.run_module('lace', run_name='__main__')")
        self.assertEqual((0, ""), (code, errors))
        self.finished(3)

    def test_sync_takes_a_corrected_address_for_a_run_that_was_never_made(self):
        right = os.environ["LACE_BASE_URL"]
        os.environ["LACE_BASE_URL"] = "http://127.0.0.1:9"
        os.environ["LACE_MODE"] = "offline"
        self.monitor()
        self.log(3)
        self.monitor.stop()
        os.environ["LACE_BASE_URL"] = right
        self.assertEqual(0, _sync.sync(out=self.said.append), self.said)
        self.finished(3)

    def test_sync_keeps_to_the_service_that_made_the_run(self):
        made = {"run_id": "run-x", "base_url": "http://made"}
        self.assertEqual("http://made", _sync._address(made, _config.resolve()))

    def test_sync_refuses_a_folder_that_is_not_there(self):
        self.assertEqual(2, _sync.sync(os.path.join(os.getcwd(), "nope"), out=self.said.append))

    def test_a_wrong_setting_is_named_after_what_the_user_wrote(self):
        os.environ["LACE_MODE"] = "foo"
        self.monitor()
        self.assertEqual(1, self.warned("monitor() failed (ValueError: LACE_MODE is 'foo'"))

    def test_exit_waits_for_five_seconds_at_most(self):
        self.assertEqual(5.0, inspect.signature(self.monitor.stop).parameters["deadline"].default)

    def test_exit_does_not_hang_on_a_silent_service(self):
        self.service.mute = True
        code, errors = self.python("from lace import monitor\nmonitor()\nfor s in range(5): monitor.log(s, 1.0)")
        self.assertEqual(0, code, errors)
        self.assertIn("lace sync", errors)
        self.service.mute = False
        self.assertEqual(0, _sync.sync(out=self.said.append))
        self.finished(5)

    def test_a_full_disk_is_said_and_nothing_is_lost_once_it_has_room(self):
        self.monitor()
        self.log(2)
        write, refused = os.write, []
        spool = self.monitor._spool

        def full(descriptor, data):
            if descriptor == spool._file and len(refused) < 3:
                refused.append(1)
                write(descriptor, data[: len(data) // 2])
                raise OSError(28, "No space left on device")
            return write(descriptor, data)

        with mock.patch.object(os, "write", full):
            self.log(5, 2)
            self.wait_for(lambda: len(refused) >= 3, "refused writes")
            self.log(5, 7)
            run = self.finished(12)
        self.assertEqual(1, self.warned("No space left"))
        self.assertEqual(0, run.of("finish")[0]["dropped"])

    def test_a_damaged_spool_is_cut_at_its_last_whole_item(self):
        os.environ["LACE_MODE"] = "offline"
        self.monitor()
        self.log(20)
        self.monitor.stop()
        path = self.spools()[0]
        with open(path, "rb") as file:
            whole = file.read()
        for damage in (whole[:-30], whole[: len(whole) // 2], whole.replace(b'"step":15', b'"step":16')):
            with open(path, "wb") as file:
                file.write(damage)
            spool = _spool.Spool.open(os.path.dirname(path))
            self.assertEqual(1, spool.lost)
            self.assertLess(spool.points, 21)
            size = os.path.getsize(path)
            self.assertEqual(whole[:size], damage[:size])
            spool.close()

    def test_two_processes_do_not_share_a_spool(self):
        self.monitor()
        self.log(2)
        code, errors = self.python("from lace import monitor\nmonitor()\nmonitor.log(0, 1.0)")
        self.assertEqual(0, code, errors)
        self.assertNotIn("resuming", errors)
        self.monitor.stop(10.0)
        self.assertEqual([1, 2], sorted(len(run.points) for run in self.service.runs.values()))

    def test_resume_never_and_by_id(self):
        endless = "import time\nfrom lace import monitor\nmonitor()\nmonitor.log(0, 1.0)\nwhile True: time.sleep(1)"
        process = self.python(endless, wait=False)
        self.wait_for(lambda: self.service.runs and self.service.run.points, "the first point")
        process.kill()
        process.communicate()
        run = self.service.run
        code, errors = self.python("from lace import monitor\nmonitor()\nmonitor.log(0, 1.0)", LACE_RESUME="never")
        self.assertNotIn("resuming", errors)
        self.assertEqual(2, len(self.service.runs))
        code, errors = self.python("from lace import monitor\nmonitor()\nmonitor.log(1, 1.0)", LACE_RUN_ID=run.id)
        self.assertIn("resuming run " + run.id, errors)
        self.assertEqual([False, True], [item["resumed"] for item in run.of("start")])
        run.check()
        code, errors = self.python("from lace import monitor\nmonitor()\nmonitor.log(1, 1.0)", LACE_RUN_ID="run-nowhere")
        self.assertIn("no unfinished run run-nowhere", errors)


@needs_torch
class Processes(ServiceTest):
    def loop(self, body):
        from tests.support import PACKAGE

        return LOOP % PACKAGE + body

    def test_exception_in_the_middle(self):
        code, errors = self.python(
            self.loop(
                "for number, batch in enumerate(DataLoader(Numbered(), 4, shuffle=True)):\n"
                "    if number == 6: raise ValueError('the loop broke')\n"
                "    loss = trainer.loss(batch); loss.backward(); trainer.step([loss.item()])\n"
            )
        )
        self.assertEqual(1, code)
        self.assertIn("ValueError: the loop broke", errors)
        run = self.finished(6)
        self.assertEqual({0: 6}, run.opened)

    def test_kill_and_resume(self):
        body = (
            "while True:\n"
            "    for batch in DataLoader(Numbered(), 4, shuffle=True):\n"
            "        loss = trainer.loss(batch); loss.backward(); trainer.step([loss.item()]); time.sleep(0.005)\n"
        )
        process = self.python(self.loop(body), wait=False)
        self.wait_for(lambda: self.service.runs and len(self.service.run.points) > 100, "100 points")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = len(self.service.run.points)
        log = glob.glob(os.path.join(self.folder, "spool", "*", "items.log"))[0]
        with open(log, "ab") as file:
            file.write(b"0123456789abcdef half an it")
        code, errors = self.python(self.loop("trainer.epoch(DataLoader(Numbered(), 4, shuffle=True))"))
        self.assertEqual(0, code, errors)
        self.assertIn("resuming run " + self.service.run.id, errors)
        run = self.service.run
        run.check()
        self.assertTrue(run.closed)
        self.assertEqual([False, True], [item["resumed"] for item in run.of("start")])
        self.assertGreaterEqual(len(run.points), before + 10)
        steps = [point["step"] for point in run.points]
        self.assertEqual(list(range(len(steps))), steps)
        self.assertEqual(1, run.of("finish")[0]["dropped"])
        epochs = [item["epoch"] for item in run.of("order")]
        self.assertEqual(sorted(set(epochs)), epochs)

    def test_monitor_before_torch_is_imported(self):
        code, errors = self.python(self.loop("trainer.epoch(DataLoader(Numbered(), 8))"))
        self.assertEqual(0, code, errors)
        self.finished(5)

    def test_spawned_workers_do_not_start_runs(self):
        from tests.support import PACKAGE

        script = os.path.join(self.folder, "train.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(
                LOOP % PACKAGE + "if __name__ == '__main__':\n"
                "    loader = DataLoader(Numbered(), 8, num_workers=1, multiprocessing_context='spawn')\n"
                "    trainer.epoch(loader)\n"
            )
        code, errors = self.python(script)
        self.assertEqual(0, code, errors)
        self.finished(5)


if __name__ == "__main__":
    unittest.main()
