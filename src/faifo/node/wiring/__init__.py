"""The only place where a node is put together, and where it starts and stops.

`ground` is what all parts stand on; `outward` reaches other nodes, `trusting` says whom to believe,
`acting` does what a node does, the two faces let others in. `node` holds them, and `serving` is the
process around it.
"""

from faifo.node.wiring.node import Node, open_node
from faifo.node.wiring.replaceable import Replaceable, ReplaceableCredentials
from faifo.node.wiring.serving import run, serve
from faifo.node.wiring.use_cases import TIDY

__all__ = ["TIDY", "Node", "Replaceable", "ReplaceableCredentials", "open_node", "run", "serve"]
