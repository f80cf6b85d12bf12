#!/usr/bin/env python3
"""Makes docs/formats/examples after the pages of docs/formats, with none of our code: Python and `cryptography` 48 or newer.

The files are in the repository; the tests read them with the product. Run it again only when a format changes: signatures
that are not deterministic come out different each time.
"""
import base64
import hashlib
import hmac
import json
import struct
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "formats" / "examples"
ORIGIN = "log.example.com/1"
TENANT = "example-tenant"
AT = 1795182361  # 2026-11-20T13:46:01Z

P256 = ec.derive_private_key(int.from_bytes(bytes(range(1, 33)), "big"), ec.SECP256R1())
HYBRID_MLDSA = MLDSA65PrivateKey.from_seed_bytes(bytes(range(0, 32)))
HYBRID_ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
LOG_ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
LOG_MLDSA = MLDSA44PrivateKey.from_seed_bytes(bytes(range(96, 128)))


def main():
    FOLDER.mkdir(exist_ok=True)
    chunk, dataset_root = dataset()
    write("chunk", chunk)
    write("segment.json", segment(dataset_root))
    write("run-log.jsonl", run_log(chunk, dataset_root))
    entries = audit_chain()
    write("audit.jsonl", b"".join(jcs(entry) + b"\n" for entry in entries))
    payload = jcs(statement(entries))
    write("statement.json", payload)
    pae = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload

    spki = P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    p256_signature = P256.sign(pae, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    hybrid_key = HYBRID_MLDSA.public_key().public_bytes_raw() + HYBRID_ED25519.public_key().public_bytes_raw()
    hybrid_signature = composite(pae)
    p256_id, hybrid_id = b64(sha256(spki)), b64(sha256(hybrid_key))
    hyb = {
        "format": "lace-hyb/1",
        "key_id": hybrid_id,
        "payload_sha256": sha256(payload).hex(),
        "signature": b64(hybrid_signature),
    }
    write("statement.hyb", jcs(hyb))

    leaves = [
        hashedrekord(sha256(pae), p256_signature, spki),
        jcs(
            {
                "apiVersion": "0.0.1",
                "kind": "lace-hybrid",
                "spec": {
                    "digest": sha256(pae).hex(),
                    "key_id": hybrid_id,
                    "signature_sha256": sha256(hybrid_signature).hex(),
                },
            }
        ),
    ]
    write("leaf-p256.json", leaves[0])
    write("leaf-hybrid.json", leaves[1])
    leaf_hashes = [sha256(b"\0" + leaf) for leaf in leaves]
    root = sha256(b"\1" + b"".join(leaf_hashes))
    note, vkeys = checkpoint(len(leaves), root)
    write("checkpoint", note.encode())
    proof = f"c2sp.org/tlog-proof@v1\nindex 0\n{b64(leaf_hashes[1])}\n\n{note}"
    write("statement.tlog-proof", proof.encode())

    log_id = note_key_hash(1, LOG_ED25519.public_key().public_bytes_raw())
    entry = {
        "logIndex": "0",
        "logId": {"keyId": b64(log_id)},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
        "integratedTime": "0",
        "inclusionProof": {
            "logIndex": "0",
            "rootHash": b64(root),
            "treeSize": "2",
            "hashes": [b64(leaf_hashes[1])],
            "checkpoint": {"envelope": note},
        },
        "canonicalizedBody": b64(leaves[0]),
    }
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": p256_id}, "tlogEntries": [entry]},
        "dsseEnvelope": {
            "payload": b64(payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"keyid": p256_id, "sig": b64(p256_signature)}],
        },
    }
    write("statement.sigstore.json", jcs(bundle))
    trusted_root = {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [
            {
                "baseUrl": f"https://{ORIGIN}",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": b64(LOG_ED25519.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
                    "keyDetails": "PKIX_ED25519",
                    "validFor": {"start": "2026-01-01T00:00:00Z"},
                },
                "logId": {"keyId": b64(log_id)},
            }
        ],
        "certificateAuthorities": [],
        "ctlogs": [],
        "timestampAuthorities": [],
    }
    write("trusted_root.json", json.dumps(trusted_root, indent=2).encode() + b"\n")
    policy = {
        "format": "lace-policy/1",
        "statement_keys": [
            key("ecdsa-p256-sha256", spki),
            key("mldsa65-ed25519", hybrid_key),
        ],
        "require": ["p256", "hybrid"],
        "log": {"origin": ORIGIN, "vkeys": vkeys},
        "witnesses": {"quorum": 0, "vkeys": []},
    }
    write("policy.json", json.dumps(policy, indent=2).encode() + b"\n")


def dataset():
    """Two records of a chunk (protocol sections 2 and 3), and their root."""
    about, salt_key = "lace-20261120-134501-x7k2p9", bytes(range(128, 160))
    entries = []
    for index, text in enumerate([b"In the beginning", b"was the word"]):
        salt = hmac.digest(salt_key, struct.pack(">Q", index), "sha256")
        features = [len(text), 4321, 3210, 2109, 0, len(text) - 3, 1, 0, 2, 0, 0, 0, 300]
        entries.append(sha256(salt + text) + b"".join(map(uvarint, features)))
    root = sha256(b"\1" + b"".join(sha256(b"\0" + entry) for entry in entries))
    return f"lace-chunk/1 {about} 0 2\n".encode() + b"".join(entries), root


def segment(root):
    """The first segment of a run (protocol section 5)."""
    run_id = "run-20261120-134601-ab12cd"
    origin = sha256(b"lace-run/1" + run_id.encode() + root.hex().encode()).hex()
    items = [
        {"type": "start", "at": 1000 * AT, "process": "00112233", "resumed": False},
        {"type": "point", "step": 0, "loss": 2.5, "at": 1000 * AT + 10, "batch": [{"i": [1, 0]}]},
        {"type": "finish", "at": 1000 * AT + 20, "points": 1, "dropped": 0},
    ]
    envelope = {"v": 1, "run_id": run_id, "seq": 0, "prev": origin, "items": items}
    signed = json.dumps(envelope, separators=(",", ":")).encode()[:-1]
    return signed + b',"mac":"' + hmac.digest(bytes(range(160, 192)), signed, "sha256").hex().encode() + b'"}'


def run_log(chunk, root):
    """The run-log file of that run."""
    attestation = {
        "id": "lace-20261120-134501-x7k2p9",
        "root": root.hex(),
        "records": 2,
        "chunks": 1,
        "completed_at": "2026-11-20T13:45:30Z",
    }
    run = {
        "run_id": "run-20261120-134601-ab12cd",
        "order": "streamed",
        "root": root.hex(),
        "nonce": sha256(b"nonce").hex(),
        "created_at": "2026-11-20T13:46:01Z",
        "offline": False,
        "closed": True,
        "gaps": [],
        "refused": {},
    }
    lines = [
        {"format": "lace-run-log/1", "attestation": attestation, "run": run, "other_runs": []},
        {"received_at": "2026-11-20T13:46:02.5Z", "segment": segment(root).decode()},
        {"chunk": 0, "bytes": b64(chunk)},
        {"end": True, "segments": 1, "chunks": 1},
    ]
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def uvarint(value):
    low = bytes([value & 0x7F | (0x80 if value >= 0x80 else 0)])
    return low + uvarint(value >> 7) if value >= 0x80 else low


def audit_chain():
    chain = "sha256:" + sha256(b"lace-audit/1" + TENANT.encode()).hex()
    about = "lace-20261120-134501-x7k2p9"
    steps = [
        ("attestation.create", "completed", b'{"name":"my-data"}', [about], [], 12),
        ("attestation.complete", "completed", b'{"records":40000}', [], [about], 85),
        ("run.create", "failed", b"{}", [], [about], 3),
    ]
    entries, previous = [], "sha256:" + 64 * "0"
    for number, (operation, phase, body, produced, consumed, took) in enumerate(steps):
        failed = phase == "failed"
        entry = {
            "v": 1,
            "chain": chain,
            "sequence": number,
            "entry_id": f"audit-{number:026d}",
            "operation": operation,
            "phase": phase,
            "object_id": about,
            "request_hash": "sha256:" + sha256(body).hex(),
            "request_size_bytes": len(body),
            "artifact_ids_produced": produced,
            "artifact_ids_consumed": consumed,
            "started_at": f"2026-11-20T13:45:0{number}.000Z",
            "completed_at": f"2026-11-20T13:45:0{number}.{took:03d}Z",
            "duration_ms": took,
            "success": not failed,
            "error_code": "attestation_revoked" if failed else None,
            "error_message": "The attestation was revoked." if failed else None,
            "dp_metrics": None,
            "prev_hash": previous,
        }
        previous = entry["record_hash"] = "sha256:" + sha256(jcs(entry)).hex()
        entries.append(entry)
    return entries


def statement(entries):
    chain, head = (entries[-1][name].removeprefix("sha256:") for name in ("chain", "record_hash"))
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": chain, "digest": {"sha256": head}}],
        "predicateType": "https://withlace.ai/attestation/audit-head/v1",
        "predicate": {"chain": chain, "entries": len(entries), "head": head, "at": "2026-11-20T13:46:01Z"},
    }


def composite(message):
    """draft-ietf-lamps-pq-composite-sigs, id-MLDSA65-Ed25519-SHA512, empty context."""
    label = b"COMPSIG-MLDSA65-Ed25519-SHA512"
    signed = b"CompositeAlgorithmSignatures2025" + label + b"\0" + hashlib.sha512(message).digest()
    return HYBRID_MLDSA.sign(signed, label) + HYBRID_ED25519.sign(signed)


def hashedrekord(digest, signature, spki):
    verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": {"rawBytes": b64(spki)}}
    record = {
        "data": {"algorithm": "SHA2_256", "digest": b64(digest)},
        "signature": {"content": b64(signature), "verifier": verifier},
    }
    return jcs({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": record}})


def checkpoint(size, root):
    text = f"{ORIGIN}\n{size}\n{b64(root)}\n"
    name = ORIGIN.encode()
    ed25519, mldsa = LOG_ED25519.public_key().public_bytes_raw(), LOG_MLDSA.public_key().public_bytes_raw()
    subtree = b"subtree/v1\n\0" + bytes([len(name)]) + name + struct.pack(">Q", AT)
    subtree += bytes([len(name)]) + name + struct.pack(">QQ", 0, size) + root
    lines = [
        note_key_hash(1, ed25519)[:4] + LOG_ED25519.sign(text.encode()),
        note_key_hash(6, mldsa)[:4] + struct.pack(">Q", AT) + LOG_MLDSA.sign(subtree),
    ]
    note = text + "\n" + "".join(f"\u2014 {ORIGIN} {b64(line)}\n" for line in lines)
    return note, [vkey(1, ed25519), vkey(6, mldsa)]


def note_key_hash(kind, public_key):
    return sha256(ORIGIN.encode() + b"\n" + bytes([kind]) + public_key)


def vkey(kind, public_key):
    return f"{ORIGIN}+{note_key_hash(kind, public_key)[:4].hex()}+{b64(bytes([kind]) + public_key)}"


def key(algorithm, public_key):
    return {
        "algorithm": algorithm,
        "public_key": b64(public_key),
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": None,
    }


def jcs(value):
    """RFC 8785 for what occurs here: ASCII names, integers, strings."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).digest()


def b64(data):
    return base64.b64encode(data).decode()


def write(name, data):
    (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
