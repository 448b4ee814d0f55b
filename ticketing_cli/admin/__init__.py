"""Admin: operate the marketplace: people, orders, money, and what became of them."""
