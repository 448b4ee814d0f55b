"""Gate: scan entry codes, online or offline."""
