"""Cards: how a buyer's card is saved, charged without a page, and forgotten."""
