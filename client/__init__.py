"""Client: the only code that speaks to the server from outside."""
