"""Client: the HTTP client of the server, shared by the command line and the terminal app."""
