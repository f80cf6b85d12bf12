"""The loss log's items and segments (docs/protocol.md section 5), written exactly as they are hashed."""

import hashlib
import hmac
import json
import math

MAX_SEGMENT_BYTES = 245760
MAX_SEGMENT_ITEMS = 8192
# A segment's own members take at most 300 bytes: run ids have at most 64 characters, seq at most 16 digits.
MAX_ITEM_BYTES = MAX_SEGMENT_BYTES - 512


def start_item(at, process, resumed):
    return '{"type":"start","at":%d,"process":"%s","resumed":%s}' % (at, process, "true" if resumed else "false")


def order_item(epoch, records, batches, commit):
    return '{"type":"order","epoch":%d,"records":%d,"batches":%d,"commit":"%s"}' % (epoch, records, batches, commit)


def tail_item(epoch, position, chain):
    return '{"type":"tail","epoch":%d,"next":%d,"chain":"%s"}' % (epoch, position, chain)


def finish_item(at, points, dropped):
    return '{"type":"finish","at":%d,"points":%d,"dropped":%d}' % (at, points, dropped)


def point_item(step, loss, at, lr=None, tokens=None, batch=None):
    """``batch``: micro-batches as (epoch, position, indices), the first two None where the order is only streamed."""
    parts = ['{"type":"point","step":%d,"loss":%s,"at":%d' % (step, _number(loss), at)]
    if lr is not None and math.isfinite(lr):
        parts.append(',"lr":%r' % lr)
    if tokens is not None:
        parts.append(',"tokens":%d' % tokens)
    if batch is not None:
        parts.append(',"batch":[%s]' % ",".join(map(_micro_batch, batch)))
    parts.append("}")
    return "".join(parts)


def _micro_batch(micro):
    epoch, position, indices = micro
    listed = ",".join(map(str, indices))
    if epoch is None:
        return '{"i":[%s]}' % listed
    return '{"e":%d,"k":%d,"i":[%s]}' % (epoch, position, listed)


def _number(value):
    if math.isfinite(value):
        return repr(value)
    return '"nan"' if value != value else '"inf"' if value > 0 else '"-inf"'


def origin(run_id, root):
    """``prev`` of segment 0."""
    return hashlib.sha256(b"lace-run/1" + run_id.encode("ascii") + root.encode("ascii")).hexdigest()


def segment(run_id, seq, prev, items, key):
    """Body of one segment from its items, each already JSON, and its digest: the ``prev`` of the next one."""
    head = '{"v":1,"run_id":%s,"seq":%d,"prev":"%s","items":[%s]' % (json.dumps(run_id), seq, prev, ",".join(items))
    signed = head.encode("ascii")
    mac = hmac.new(key, signed, hashlib.sha256).hexdigest()
    body = signed + b',"mac":"' + mac.encode("ascii") + b'"}'
    return body, hashlib.sha256(body).hexdigest()
