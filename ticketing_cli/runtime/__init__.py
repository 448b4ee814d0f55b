"""Runtime: what all commands share: options, streams, formats, exit codes, command loading."""
