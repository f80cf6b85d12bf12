"""Signs and verifies with the Python package `cryptography` (OpenSSL): the questions and answers of signatures.mjs.

Says `{"missing": why}` where the package is absent or too old for ML-DSA.
"""
import json
import sys


def main():
    try:
        schemes = load()
    except ImportError as error:
        json.dump({"missing": f"{sys.executable} has no `cryptography` with ML-DSA: {error}"}, sys.stdout)
        return
    json.dump([answer(schemes, question) for question in json.load(sys.stdin)], sys.stdout)


def load():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import (
        MLDSA44PrivateKey,
        MLDSA44PublicKey,
        MLDSA65PrivateKey,
        MLDSA65PublicKey,
    )

    return {
        "Ed25519": (Ed25519PrivateKey.from_private_bytes, Ed25519PublicKey.from_public_bytes),
        "ML-DSA-44": (MLDSA44PrivateKey.from_seed_bytes, MLDSA44PublicKey.from_public_bytes),
        "ML-DSA-65": (MLDSA65PrivateKey.from_seed_bytes, MLDSA65PublicKey.from_public_bytes),
    }


def answer(schemes, question):
    private, public = schemes[question["algorithm"]]
    message, context = bytes.fromhex(question["message"]), bytes.fromhex(question["context"])
    if question["do"] == "sign":
        key = private(bytes.fromhex(question["seed"]))
        signature = key.sign(message, context) if context else key.sign(message)
        return {"publicKey": key.public_key().public_bytes_raw().hex(), "signature": signature.hex()}
    try:
        key = public(bytes.fromhex(question["publicKey"]))
        signature = bytes.fromhex(question["signature"])
        key.verify(signature, message, context) if context else key.verify(signature, message)
        return {"valid": True}
    except Exception as error:  # InvalidSignature, or a ValueError for what is not even a key
        return {"valid": False, "refused": type(error).__name__}


if __name__ == "__main__":
    main()
