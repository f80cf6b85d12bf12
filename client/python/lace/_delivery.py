"""Brings one spool to the service: creates the run, posts its segments in order, closes it."""

import base64

from lace import _segment
from lace._http import Refused, request


class WrongAnswer(Exception):
    """The service's answer does not fit what this machine knows; nothing is sent."""


class Delivery:
    """Not thread-safe: one thread at a time delivers a spool."""

    def __init__(self, spool, base_url, api_key):
        self.spool = spool
        self.base_url = base_url
        self.api_key = api_key
        self._sent = spool.sent
        self._prev = None

    @property
    def waiting(self):
        """Ended segments that the queue has not taken yet."""
        return len(self.spool.segments) - self._sent

    def create(self, order, offline, timeout=10.0):
        """Makes the run, or finds that it is made. The same call after a lost answer gets the same run."""
        facts = self.spool.facts
        if facts.get("run_id"):
            return
        answer = request(
            "POST",
            self.base_url + "/v1/runs",
            {
                "attestation_id": facts["attestation_id"],
                "order": order,
                "client": facts["client"],
                "offline": offline,
            },
            key=self.api_key,
            headers={"Idempotency-Key": "%s-%s%s" % (facts["local"], order, "-offline" if offline else "")},
            timeout=timeout,
        )
        self._check(answer, facts)
        self.spool.save(
            run_id=answer["run_id"],
            ingest_key=answer["ingest_key"],
            nonce=answer["nonce"],
            root=answer["root"],
            records=answer["records"],
            order=order,
            offline=offline,
            base_url=self.base_url,
        )

    def send(self, timeout=10.0):
        """Posts the next segment; False where none waits."""
        if self.waiting <= 0:
            return False
        body, digest = self._body(self._sent, self._previous())
        self._post("/losses", body, timeout)
        self._prev = digest
        self._sent += 1
        self.spool.sent = self._sent
        return True

    def finish(self, timeout=10.0):
        self._post("/finish", None, timeout)
        self.spool.save(finished=True)

    def _post(self, path, body, timeout):
        request("POST", "%s/v1/runs/%s%s" % (self.base_url, self.spool.facts["run_id"], path), body, self.api_key, timeout=timeout)

    def _previous(self):
        if self._prev is None:
            facts = self.spool.facts
            self._prev = _segment.origin(facts["run_id"], facts["root"])
            for seq in range(self._sent):
                _, self._prev = self._body(seq, self._prev)
        return self._prev

    def _body(self, seq, prev):
        facts = self.spool.facts
        return _segment.segment(facts["run_id"], seq, prev, self.spool.read(seq), base64.b64decode(facts["ingest_key"]))

    @staticmethod
    def _check(answer, facts):
        try:
            fits = len(base64.b64decode(answer["ingest_key"])) == 32 and len(bytes.fromhex(answer["nonce"])) == 32
            fits = fits and len(bytes.fromhex(answer["root"])) == 32 and 4 < len(answer["run_id"]) <= 64
            fits = fits and isinstance(answer["records"], int)
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise WrongAnswer("the answer to POST /v1/runs is not the protocol's")
        if facts.get("root") and answer["root"] != facts["root"]:
            raise WrongAnswer(
                "the service holds root %s for %s, this machine attested %s: run `lace attest` again or check the address"
                % (answer["root"][:16], facts["attestation_id"], facts["root"][:16])
            )


def advice(refused, attestation_id):
    """What to do about an answer that will not change by itself."""
    if not isinstance(refused, Refused):
        return str(refused)
    if refused.status in (401, 403):
        return "the service does not accept the API key (%s): set LACE_API_KEY" % refused.code
    if refused.status == 404:
        return "the service does not know %s (%s): check LACE_ATTESTATION_ID and LACE_BASE_URL" % (
            attestation_id,
            refused.code,
        )
    return "the service refused the run: %s" % refused
