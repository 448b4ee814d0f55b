"""Account: a user's own orders, listings, sales, payouts and cards; selling; signing in."""
