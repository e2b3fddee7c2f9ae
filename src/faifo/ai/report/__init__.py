"""Evidence, passports and decisions for people: one HTML page with pictures, and a CSV."""
