"""``python -m lace sync``: delivers the spools that no process is writing any more."""

import os
import sys

from lace import _config, _spool
from lace._delivery import Delivery, WrongAnswer, advice
from lace._http import Refused, Unreachable


def sync(folder=None, out=print):
    """Sends every finished or abandoned spool. Returns an exit code: 0 all delivered, 2 no such folder, 4 key refused, 5 some are left."""
    settings = _config.resolve()
    if folder and not os.path.isdir(folder):
        sys.stderr.write("lace: %s is not a folder: name the one that holds the spools\n" % folder)
        return 2
    parent = folder or _config.state_folder(settings)
    code = 0
    for place, facts in _spool.folders(parent):
        if facts.get("finished"):
            continue
        try:
            spool = _spool.Spool.open(place)
        except _spool.SpoolBusy:
            out("%s is being recorded now: left alone" % place)
            continue
        except (OSError, ValueError) as failure:
            out("%s cannot be read: %s" % (place, failure))
            code = code or 5
            continue
        try:
            out(_deliver(spool, settings))
        except (Refused, Unreachable, WrongAnswer) as failure:
            out("%s: %s" % (place, advice(failure, facts.get("attestation_id"))))
            code = 4 if getattr(failure, "status", 0) in (401, 403) else code or 5
        finally:
            spool.close()
    return code


def _deliver(spool, settings):
    if not spool.segments and not spool.open_items:
        return "%s is empty" % spool.folder
    spool.cut()
    spool.flush()
    spool.sync()
    delivery = Delivery(spool, _address(spool.facts, settings), settings.api_key)
    # Nothing was committed where losses were logged by hand.
    delivery.create("epoch" if spool.next_epoch else "streamed", offline=True)
    count = delivery.waiting
    while delivery.send():
        pass
    run = spool.facts["run_id"]
    if not spool.finished:
        return "%s: %d segments sent; the run was cut off and can be resumed" % (run, count)
    delivery.finish()
    return "%s: %d segments sent, run closed" % (run, count)


def _address(facts, settings):
    """A run belongs to the service that made it; before that, the address may have been a slip that is corrected now."""
    made = facts.get("run_id")
    corrected = None if made else os.environ.get("LACE_BASE_URL")
    return settings.base_url if corrected else facts.get("base_url") or settings.base_url
