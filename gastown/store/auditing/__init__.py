"""The whole ledger replayed and held against the rules: what `gt verify` looks at."""
