"""Market: the shows on sale, their tickets, and one ticket before it is bought."""
