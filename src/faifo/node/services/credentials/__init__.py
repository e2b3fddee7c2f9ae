"""The use cases of credentials: holding, verifying, issuing. Spec: DCP 1.0, dsp-dcp.md 3."""
