"""What a person who runs a node can follow: its log, with one id through all."""
