"""The gateway: OpenAI's images API in front of every provider, with our ledger, lanes and books behind it."""
