"""The node's faces: the public one (DSP, DID, data) and the management API."""
