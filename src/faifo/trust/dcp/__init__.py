"""Credentials, presentations, status lists, scopes and recognition. Spec: DCP 1.0, dsp-dcp.md 3."""
