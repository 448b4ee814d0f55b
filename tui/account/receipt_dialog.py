"""Receipt dialog: the receipt of an order, as `ticketing orders receipt` prints it."""

from __future__ import annotations

from textual.widgets import Static

from client.receipts import text
from contract.receipts import Receipt
from tui.widgets.details_dialog import DetailsDialog

WIDTH = 60
#: Columns taken by what is left and right of the text.
CHROME_COLUMNS = 8


class ReceiptDialog(DetailsDialog):
    """Shows a receipt as wide as the screen allows."""

    def __init__(self, receipt: Receipt) -> None:
        """Show this receipt."""
        super().__init__("", [("", "receipt")])
        self.receipt = receipt

    def on_resize(self) -> None:
        super().on_resize()
        width = min(WIDTH, self.size.width - CHROME_COLUMNS)
        written = "\n".join(text.lines(self.receipt, width=width, blocks=True))
        self.query_one(".sentence", Static).update(written)
