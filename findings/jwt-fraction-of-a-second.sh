#!/usr/bin/env bash
# JWT: a token issued a tenth of a second ago, with its time in fractions, is "from the future" for two libraries.
# Standard: RFC 7519, 2 "NumericDate": seconds since the epoch, non-integer values can be represented.
# For a node: a partner whose clock gives milliseconds has its self-issued tokens refused now and then, by the part of
# a second that has gone: a 401 that nobody can repeat. Write whole seconds; allow a leeway of some seconds for iat.
. "$(dirname "$0")/_room.sh"
guess "all four accept an iat that lies in the past, whole or not"
found "authlib and joserfc compare it with the whole second that has begun, and refuse"
python_with pyjwt==2.15.1 joserfc==1.8.0 authlib==1.9.10 jwcrypto==1.6.1 cryptography==50.0.2
python_sees <<'PY'
import time
import jwt
from authlib.jose import jwt as authlib_jwt
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import OctKey
from jwcrypto import jwk, jwt as jwcrypto_jwt

secret = "s" * 32
def token(**claims):
    return jwt.encode(claims, secret, "HS256")
def pyjwt(text):
    jwt.decode(text, secret, ["HS256"])
def jwcrypto(text):
    jwcrypto_jwt.JWT(jwt=text, key=jwk.JWK.from_password(secret), expected_type="JWS")
def authlib(text):
    authlib_jwt.decode(text, secret).validate()
def joserfc(text):
    joserfc_jwt.JWTClaimsRegistry().validate(joserfc_jwt.decode(text, OctKey.import_key(secret)).claims)
def tried(check, text):
    try:
        check(text)
    except Exception as error:
        return f"refused ({type(error).__name__})"
    return "valid"

while time.time() % 1 > 0.3:  # early in a second, so that the next 0.4 s lie in it
    time.sleep(0.01)
issued = int(time.time()) + 0.35
while time.time() < issued + 0.1:
    time.sleep(0.01)
for check in (pyjwt, jwcrypto, authlib, joserfc):
    print(check.__name__, "exp:", tried(check, token(exp=int(time.time()) + 3600.5)),
          "iat:", tried(check, token(iat=issued)))
PY
unchanged <<'END'
pyjwt exp: valid iat: valid
jwcrypto exp: valid iat: valid
authlib exp: valid iat: refused (InvalidTokenError)
joserfc exp: valid iat: refused (InvalidClaimError)
END
