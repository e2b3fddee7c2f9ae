#!/usr/bin/env bash
# JWS with two signatures: one known signer is enough for jose and jwcrypto, joserfc refuses the whole document.
# Standard: RFC 7515, 5.2: with several signatures the application decides which must verify; 7.2.1 general JSON.
# For a node: a statement signed by a provider and a witness is good at one partner and refused at the other, who holds
# the provider's key alone. Agree on how many and whose signatures count, and check each by name.
. "$(dirname "$0")/_room.sh"
guess "all three verify the one signature whose key is given (or all ask for every one)"
found "jose and jwcrypto verify, joserfc says bad_signature"
python_with joserfc==1.8.0 jwcrypto==1.6.1
node_with jose@6.2.18
node_sees <<'JS'
import { writeFileSync } from 'node:fs'
import * as jose from 'jose'
const [provider, witness] = await Promise.all([1, 2].map(() => jose.generateKeyPair('ES256', { extractable: true })))
const signed = await new jose.GeneralSign(new TextEncoder().encode('hello'))
  .addSignature(provider.privateKey).setProtectedHeader({ alg: 'ES256', kid: 'provider' })
  .addSignature(witness.privateKey).setProtectedHeader({ alg: 'ES256', kid: 'witness' }).sign()
const key = await jose.exportJWK(provider.publicKey)
writeFileSync('signed.json', JSON.stringify({ signed, key: { ...key, kid: 'provider' } }))
const { payload } = await jose.generalVerify(signed, provider.publicKey)
console.log('jose', new TextDecoder().decode(payload))
JS
python_sees <<'PY'
import json
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from jwcrypto import jwk, jws as jwcrypto_jws
given = json.load(open("signed.json"))
token = jwcrypto_jws.JWS()
token.deserialize(json.dumps(given["signed"]), jwk.JWK(**given["key"]))
print("jwcrypto", token.payload.decode())
try:
    print("joserfc", jws.deserialize_json(given["signed"], ECKey.import_key(given["key"])).payload.decode())
except JoseError as error:
    print("joserfc refuses:", error.error)
PY
unchanged <<'END'
jose hello
jwcrypto hello
joserfc refuses: bad_signature
END
