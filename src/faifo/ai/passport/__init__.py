"""AI passports: evidence, what is said about a system or data set, and one signature over it."""
