#!/usr/bin/env bash
# JWK Set: in four of seven libraries one key of a kind that they do not know hides the good key beside it.
# Standard: RFC 7517, section 5: keys of a kty not understood, with members missing or values out of the supported
# range SHOULD be ignored; 4.2 and 4.3: other values of use and key_ops MAY be used.
# For a node: the day an issuer adds a post-quantum key, a curve for selective disclosure or a use of its own to its
# set, its old tokens are refused by these partners ("no keys"), who have changed nothing. Read a set key by key.
. "$(dirname "$0")/_room.sh"
guess "each library gives the Ed25519 key a, and leaves out the other or keeps it without using it"
found "each of joserfc, authlib, go-jose and jwx raises for the whole set on one or two; pyjwt, jwcrypto, jose never"
python_with pyjwt==2.15.1 cryptography==50.0.2 joserfc==1.8.0 authlib==1.9.10 jwcrypto==1.6.1
node_with jose@6.2.18
go_with github.com/go-jose/go-jose/v4@v4.1.9 github.com/lestrrat-go/jwx/v3@v3.4.0
cat >"$room/others.json" <<'END'
[{"kty": "AKP", "kid": "other", "alg": "ML-DSA-44", "pub": "AAAA"},
 {"kty": "EC", "kid": "other", "crv": "BLS12381G2", "x": "AAAA", "y": "AAAA"},
 {"kty": "OKP", "kid": "other", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "witness"}]
END
cat >"$room/good.json" <<'END'
{"kty": "OKP", "kid": "a", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
END
python_sees <<'PY'
import json, warnings
import jwt
from authlib.jose import JsonWebKey
from joserfc.jwk import KeySet
from jwcrypto.jwk import JWKSet
readers = {
    "pyjwt": lambda keys: [key.key_id for key in jwt.PyJWKSet.from_dict(keys).keys],
    "jwcrypto": lambda keys: [key.get("kid") for key in JWKSet.from_json(json.dumps(keys))["keys"]],
    "joserfc": lambda keys: [key.kid for key in KeySet.import_key_set(keys).keys],
    "authlib": lambda keys: [key.as_dict()["kid"] for key in JsonWebKey.import_key_set(keys).keys],
}
for other in json.load(open("others.json")):
    for name, read in readers.items():
        try:
            seen = "a" in read({"keys": [json.load(open("good.json")), other]})
        except Exception as error:
            seen = type(error).__name__
        print(name, other["kty"], other.get("crv"), other.get("use"), seen)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet } from 'jose'
const [good, others] = ['good', 'others'].map((name) => JSON.parse(readFileSync(name + '.json', 'utf8')))
for (const other of others) {
  const key = await createLocalJWKSet({ keys: [good, other] })({ alg: 'EdDSA', kid: 'a' })
  console.log('jose', other.kty, other.crv, other.use, key.type)
}
JS
go_sees <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

func main() {
	good, _ := os.ReadFile("good.json")
	text, _ := os.ReadFile("others.json")
	var others []json.RawMessage
	json.Unmarshal(text, &others)
	for _, other := range others {
		set, _ := json.Marshal(map[string]any{"keys": []json.RawMessage{good, other}})
		var keys jose.JSONWebKeySet
		var kind struct{ Kty, Crv, Use string }
		json.Unmarshal(other, &kind)
		fmt.Println("go-jose", kind.Kty, kind.Crv, kind.Use, json.Unmarshal(set, &keys) == nil)
		_, err := jwk.Parse(set)
		fmt.Println("jwx", kind.Kty, kind.Crv, kind.Use, err == nil)
	}
}
GO
unchanged <<'END'
pyjwt AKP None None True
jwcrypto AKP None None True
joserfc AKP None None True
authlib AKP None None KeyError
pyjwt EC BLS12381G2 None True
jwcrypto EC BLS12381G2 None True
joserfc EC BLS12381G2 None KeyError
authlib EC BLS12381G2 None True
pyjwt OKP Ed25519 witness True
jwcrypto OKP Ed25519 witness True
joserfc OKP Ed25519 witness KeyParameterError
authlib OKP Ed25519 witness True
jose AKP undefined undefined public
jose EC BLS12381G2 undefined public
jose OKP Ed25519 witness public
go-jose AKP   false
jwx AKP   false
go-jose EC BLS12381G2  false
jwx EC BLS12381G2  false
go-jose OKP Ed25519 witness true
jwx OKP Ed25519 witness true
END
