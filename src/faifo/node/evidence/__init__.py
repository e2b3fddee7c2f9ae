"""AI passports in the exchange: proven, judged, recognised and assured."""
