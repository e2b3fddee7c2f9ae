#!/usr/bin/env bash
# ISO mdoc: pymdoccbor computes SHA-256 whatever digest the signed object names, and calls SHA-384 and SHA-512 forged.
# Standard: ISO/IEC 18013-5:2021, 9.1.2.5: digestAlgorithm of the mobile security object is SHA-256, SHA-384 or SHA-512.
# For a node: a licence or a certificate of an issuer who took SHA-512 is valid at one partner and "tampered with" at
# the other, with the same bytes and a good signature. Say which digests are taken; never report the limit of a tool
# as the fault of a holder.
. "$(dirname "$0")/_room.sh"
guess "all three verify, since the digests in the signed object are right"
found "only SHA-256 does; for the other two each element is reported as a mismatch and the document as invalid"
python_with pymdoccbor==1.4.0 cryptography==50.0.2 cbor2==6.3.0
node_with @auth0/mdl@3.0.1 jose@6.2.18
python_sees <<'PY'
import datetime
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example issuer")])
begin = datetime.datetime(2026, 1, 1)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(1).not_valid_before(begin).not_valid_after(begin.replace(year=2036)).sign(key, hashes.SHA256())
)
open("issuer.pem", "wb").write(certificate.public_bytes(serialization.Encoding.PEM))
open("key.pem", "wb").write(key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
PY
node_sees <<'JS'
import { readFileSync, writeFileSync } from 'node:fs'
import { Document, MDoc } from '@auth0/mdl'
import { exportJWK, generateKeyPair, importPKCS8 } from 'jose'
const deviceKey = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)
const issuerPrivateKey = await exportJWK(await importPKCS8(readFileSync('key.pem', 'utf8'), 'ES256', { extractable: true }))
for (const digest of ['SHA-256', 'SHA-384', 'SHA-512']) {
  const document = await new Document('org.iso.18013.5.1.mDL')
    .addIssuerNameSpace('org.iso.18013.5.1', { family_name: 'Example', birth_date: '2000-01-01' })
    .useDigestAlgorithm(digest)
    .addValidityInfo({ signed: new Date('2026-01-02T00:00:00Z'), validUntil: new Date('2035-01-01T00:00:00Z') })
    .addDeviceKeyInfo({ deviceKey })
    .sign({ issuerPrivateKey, issuerCertificate: readFileSync('issuer.pem', 'utf8'), alg: 'ES256', kid: 'issuer' })
  writeFileSync(digest, new MDoc([document]).encode())
}
JS
python_sees <<'PY'
import hashlib, logging
import cbor2
import cryptography.x509  # pymdoccbor 1.4.0 uses it without importing it
from pymdoccbor.mdoc.verifier import MdocCbor
logging.disable(logging.CRITICAL)
for digest in ("SHA-256", "SHA-384", "SHA-512"):
    data = open(digest, "rb").read()
    signed = cbor2.loads(data)["documents"][0]["issuerSigned"]
    security = cbor2.loads(cbor2.loads(signed["issuerAuth"][2]).value)
    digests = security["valueDigests"]["org.iso.18013.5.1"]
    right = all(
        hashlib.new(digest.replace("-", "").lower(), cbor2.dumps(item)).digest() == digests[number]
        for number, item in enumerate(signed["nameSpaces"]["org.iso.18013.5.1"])
    )
    document = MdocCbor()
    document.loads(data)
    print(security["digestAlgorithm"], "digests right:", right, "pymdoccbor:", document.verify())
PY
unchanged <<'END'
SHA-256 digests right: True pymdoccbor: True
SHA-384 digests right: True pymdoccbor: False
SHA-512 digests right: True pymdoccbor: False
END
