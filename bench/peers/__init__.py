"""Eclipse EDC and Faifo beside each other, in one run on one machine. Needs Java 17 and Maven."""
