"""DCP 1.0 over HTTPS: the Credential Service and the Issuer Service. dsp-dcp.md 3.3 and 3.4."""
