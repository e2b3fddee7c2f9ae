#!/usr/bin/env bash
# STIX patterns: a subnet of IPv6 cannot be matched, and one IPv6 host hides the IPv4 host that is looked for.
# Standard: STIX 2.1, 9.6.1: ISSUBSET and ISSUPERSET compare addresses or subnets of ipv4-addr:value and ipv6-addr:value; an
# object whose value does not fit is no match. network-traffic:src_ref points at either (6.12).
# For a node: an indicator that the pattern validator of the same project calls valid stops a scan of mixed traffic with an
# error, so a warned-of host goes unseen. Match each object on its own, and count what could not be compared.
. "$(dirname "$0")/_room.sh"
guess "2001:db8::1 is in 2001:db8::/32; of two connections the one from 10.1.2.3 is found, whatever the other comes from"
found "MatcherException for IPv6 in both cases: Invalid IPv4 address; without the other connection the first is found"
python_with stix2-matcher==3.0.0 stix2-patterns==2.1.2
python_sees <<'PY'
from uuid import uuid4
from stix2matcher.matcher import match
from stix2patterns.v21.pattern import Pattern

def thing(kind, **members):
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid4()}", **members}

def seen(*objects):
    when = "2026-01-01T00:00:00Z"
    times = dict.fromkeys(("created", "modified", "first_observed", "last_observed"), when)
    observed = thing("observed-data", **times, number_observed=1, object_refs=[one["id"] for one in objects])
    return {"type": "bundle", "id": f"bundle--{uuid4()}", "objects": [observed, *objects]}

four, six = thing("ipv4-addr", value="10.1.2.3"), thing("ipv6-addr", value="2001:db8::1")
from_four, from_six = (thing("network-traffic", src_ref=one["id"], protocols=["tcp"]) for one in (four, six))
for name, pattern, bundle in (
    ("ipv4", "[ipv4-addr:value ISSUBSET '10.0.0.0/8']", seen(four)),
    ("ipv6", "[ipv6-addr:value ISSUBSET '2001:db8::/32']", seen(six)),
    ("traffic from ipv4", "[network-traffic:src_ref.value ISSUBSET '10.0.0.0/8']", seen(four, from_four)),
    ("traffic from both", "[network-traffic:src_ref.value ISSUBSET '10.0.0.0/8']", seen(four, from_four, six, from_six)),
):
    Pattern(pattern)
    try:
        print(name, bool(match(pattern, [bundle], stix_version="2.1")))
    except Exception as error:
        print(name, type(error).__name__, error)
PY
unchanged <<'END'
ipv4 True
ipv6 MatcherException Invalid IPv4 address: 2001:db8::1
traffic from ipv4 True
traffic from both MatcherException Invalid IPv4 address: 2001:db8::1
END
