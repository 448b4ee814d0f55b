"""Shell: what every command stands on: options, streams, formats, exit codes, the tree."""
