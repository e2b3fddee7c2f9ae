// Asks @sigstore/verify whether bundles prove what was signed and logged.
// In: {"log": {...TransparencyLogInstance}, "keys": {HINT: PEM}, "cases": {NAME: {bundle, artifact}}}.
// Out: {NAME: WHY NOT}, "" where it is proven.
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { text } from 'node:stream/consumers';

const asked = JSON.parse(await text(process.stdin));
const mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';
const root = TrustedRoot.fromJSON({ mediaType, tlogs: [asked.log] });
const keys = hint => {
  const key = asked.keys[hint];
  if (!key) throw Error(`no such key: ${hint}`);
  return { publicKey: key, validFor: () => true };
};
const from = { ctlogThreshold: 0, tlogThreshold: 1, timestampThreshold: 0 };
const verifier = new Verifier(toTrustMaterial(root, keys), from);
const said = {};
for (const [name, one] of Object.entries(asked.cases)) {
  try {
    const artifact = Buffer.from(one.artifact, 'base64');
    verifier.verify(toSignedEntity(bundleFromJSON(one.bundle), artifact));
    said[name] = '';
  } catch (error) {
    said[name] = `${error.code || error.name}: ${error.message}`;
  }
}
console.log(JSON.stringify(said));
