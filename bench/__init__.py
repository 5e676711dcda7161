"""Benches: what Imageloom costs, measured beside yardsticks that lie here too."""
