"""The contract between clients and server: types only."""
