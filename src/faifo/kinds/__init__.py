"""Kinds of exchange: what may be pushed to subscribers, declared; see `faifo.kinds.kind`."""
