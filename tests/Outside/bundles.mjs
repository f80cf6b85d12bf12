// Verifies Sigstore bundles with @sigstore/verify. Reads from standard input
//   {trustedRoot, publicKey, hint, cases: [{bundle, artifact, logEntries}]}
// and writes an array of {accepted} or {accepted: false, code, message}. `publicKey` is PEM, `artifact` base64 or absent,
// `logEntries` the number of log entries that are required.
import { readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';

const request = JSON.parse(readFileSync(0, 'utf8'));
const keys = { [request.hint]: { rawBytes: request.publicKey } };
const trust = toTrustMaterial(TrustedRoot.fromJSON(request.trustedRoot), keys);

function judge({ bundle, artifact, logEntries }) {
  try {
    const verifier = new Verifier(trust, { ctlogThreshold: 0, tlogThreshold: logEntries, timestampThreshold: 0 });
    const content = artifact === undefined ? undefined : Buffer.from(artifact, 'base64');
    verifier.verify(toSignedEntity(bundleFromJSON(bundle), content));
    return { accepted: true };
  } catch (error) {
    return { accepted: false, code: error.code ?? error.name, message: error.message };
  }
}

process.stdout.write(JSON.stringify(request.cases.map(judge)));
