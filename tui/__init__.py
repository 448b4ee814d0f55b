"""The terminal app, a face of the house beside the command line. Its screens come later."""
