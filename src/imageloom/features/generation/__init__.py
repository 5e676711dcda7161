"""The ledger: runs, items, attempts and lanes. It pays for pictures and says what is true about them."""
