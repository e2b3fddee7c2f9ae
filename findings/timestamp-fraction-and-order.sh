#!/usr/bin/env bash
# RFC 3161: rfc3161-client cuts the fraction of a time stamp, and refuses tokens whose certificates lie in another
# order than DER's.
# Standard: RFC 3161, 2.4.2: genTime may have a fraction of a second; RFC 5652, 1 and 5.3: a CMS value is BER, where the
# elements of a SET OF lie in any order; only what is signed has to be DER.
# For a node: of two stamps within a second nobody can say which came first, though the authority says so, and a stamp
# at 12:00:00.9 looks older than an event at 12:00:00.5; a token that OpenSSL made and verifies is "no time stamp" at
# a partner, by the length of its certificates. Read genTime from the token's bytes; keep a second verifier.
. "$(dirname "$0")/_room.sh"
guess "gen_time has the six digits of the token, and both tokens are read, since OpenSSL verifies both"
found "the fraction is gone; with the chain inside, leaf before root, ValueError InvalidSetOrdering"
python_with rfc3161-client==1.0.9 cryptography==50.0.2 asn1crypto==1.5.1
(
  cd "$room"
  cat >tsa.conf <<'END'
[req]
distinguished_name = name
prompt = no
[name]
O = An organisation whose name makes this certificate the longer one
CN = Time stamping authority
[root]
basicConstraints = critical, CA:true
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = stamp
[stamp]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
clock_precision_digits = 6
END
  echo 01 >serial
  echo data >data
  openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -config tsa.conf -extensions root -subj /CN=Root
  openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -config tsa.conf
  openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile tsa.conf -extensions leaf -out leaf.pem
  openssl ts -query -data data -sha256 -cert -out query
  openssl ts -reply -config tsa.conf -queryfile query -inkey leaf.key -signer leaf.pem -out alone
  openssl ts -reply -config tsa.conf -queryfile query -inkey leaf.key -signer leaf.pem -chain root.pem -out chain
  for reply in alone chain; do openssl ts -verify -in $reply -queryfile query -CAfile root.pem; done >verified
) >/dev/null 2>&1
python_sees <<'PY'
import pathlib
from asn1crypto import tsp
from rfc3161_client import decode_timestamp_response
print("openssl", pathlib.Path("verified").read_text().split())
for name in ("alone", "chain"):
    reply = pathlib.Path(name).read_bytes()
    info = tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    print("asn1crypto", name, "fraction read:", info["gen_time"].native.microsecond > 0)
    try:
        print("rfc3161-client", name, "fraction read:", decode_timestamp_response(reply).tst_info.gen_time.microsecond > 0)
    except ValueError as error:
        print("rfc3161-client", name, str(error).split("kind: ")[1].split(",")[0])
PY
unchanged <<'END'
openssl ['Verification:', 'OK', 'Verification:', 'OK']
asn1crypto alone fraction read: True
rfc3161-client alone fraction read: False
asn1crypto chain fraction read: True
rfc3161-client chain InvalidSetOrdering
END
