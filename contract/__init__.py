"""The contract: what clients and server promise each other. Types only."""
