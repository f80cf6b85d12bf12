// Signs and verifies with @noble/post-quantum and @noble/curves. Reads an array of requests from standard input, writes
// an array of answers:
//   {do: "sign",   algorithm, seed, message, context}                 -> {publicKey, signature}
//   {do: "verify", algorithm, publicKey, message, context, signature} -> {valid}
// Bytes are hex. What the library refuses by an exception is not valid.
import { createHash, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import { ml_dsa44, ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';

// Node 18 has it, but not under the name at which the library looks.
globalThis.crypto ??= webcrypto;

const mlDsa = (scheme) => ({
  keys: (seed) => scheme.keygen(seed),
  sign: (message, keys, context) => scheme.sign(message, keys.secretKey, { context }),
  verify: (signature, message, publicKey, context) => scheme.verify(signature, message, publicKey, { context }),
});

const strictEd25519 = {
  keys: (seed) => ({ secretKey: seed, publicKey: ed25519.getPublicKey(seed) }),
  sign: (message, keys) => ed25519.sign(message, keys.secretKey),
  verify: (signature, message, publicKey) => ed25519.verify(signature, message, publicKey, { zip215: false }),
};

// draft-ietf-lamps-pq-composite-sigs, id-MLDSA65-Ed25519-SHA512: its parts by the library, its joints from the draft.
const composite = {
  label: Buffer.from('COMPSIG-MLDSA65-Ed25519-SHA512'),
  representative(message, context) {
    const digest = createHash('sha512').update(message).digest();
    const prefix = Buffer.from('CompositeAlgorithmSignatures2025');
    return Buffer.concat([prefix, this.label, Buffer.of(context.length), context, digest]);
  },
  keys(seed) {
    const [first, second] = [ml_dsa65.keygen(seed.subarray(0, 32)), strictEd25519.keys(seed.subarray(32))];
    return { first, second, publicKey: Buffer.concat([first.publicKey, second.publicKey]) };
  },
  sign(message, { first, second }, context) {
    const signed = this.representative(message, context);
    return Buffer.concat([
      ml_dsa65.sign(signed, first.secretKey, { context: this.label }),
      strictEd25519.sign(signed, second),
    ]);
  },
  verify(signature, message, publicKey, context) {
    const signed = this.representative(message, context);
    const first = ml_dsa65.verify(signature.subarray(0, 3309), signed, publicKey.subarray(0, 1952), {
      context: this.label,
    });
    return first && strictEd25519.verify(signature.subarray(3309), signed, publicKey.subarray(1952));
  },
};

const algorithms = {
  'ML-DSA-44': mlDsa(ml_dsa44),
  'ML-DSA-65': mlDsa(ml_dsa65),
  'Ed25519': strictEd25519,
  'id-MLDSA65-Ed25519-SHA512': composite,
};

const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (value) => Buffer.from(value).toString('hex');

function sign({ algorithm, seed, message, context }) {
  const keys = algorithms[algorithm].keys(bytes(seed));
  const signature = algorithms[algorithm].sign(bytes(message), keys, bytes(context));
  return { publicKey: hex(keys.publicKey), signature: hex(signature) };
}

function verify({ algorithm, publicKey, message, context, signature }) {
  const scheme = algorithms[algorithm];
  try {
    return { valid: scheme.verify(bytes(signature), bytes(message), bytes(publicKey), bytes(context)) };
  } catch (error) {
    return { valid: false, refused: error.message };
  }
}

const requests = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(requests.map((request) => ({ sign, verify })[request.do](request))));
