"""What a receiving economy makes of evidence: recompute, judge by a policy pack, say why. Pure."""
