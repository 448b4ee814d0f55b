"""The price plot, drawn with block characters."""

from __future__ import annotations

from tui.market.price_plot import drawn


def test_a_plot_without_values_is_empty() -> None:
    assert drawn([], width=10, height=3).rows == ("", "", "")


def test_one_value_is_drawn_in_the_middle() -> None:
    assert drawn([5], width=10, height=3).rows == (" ", "▀", " ")


def test_equal_values_are_drawn_on_one_line() -> None:
    plot = drawn([5] * 8, width=8, height=3)
    assert plot.rows[1].strip() == "▀" * 8
    assert not plot.rows[0].strip()
    assert not plot.rows[2].strip()


def test_the_highest_is_at_the_top_and_the_lowest_at_the_bottom() -> None:
    plot = drawn([1, 9], width=2, height=2)
    assert plot.rows == (" ▀", "▄ ")
    assert (plot.low, plot.high) == (1, 9)


def test_few_values_are_spread_out() -> None:
    plot = drawn([1, 9], width=40, height=2)
    assert plot.rows == ("      ▀", "▄      ")


def test_more_values_than_columns_are_averaged() -> None:
    plot = drawn([0, 2, 10, 12], width=2, height=2)
    assert (plot.low, plot.high) == (1, 11)
    assert plot.rows == (" ▀", "▄ ")


def test_huge_values_are_drawn_exactly() -> None:
    huge = 10**12
    plot = drawn([1, huge, huge - 1], width=3, height=4)
    assert plot.rows[0] == " ▀▀"
    assert plot.rows[3] == "▄  "


def test_the_mark_extends_the_plot() -> None:
    plot = drawn([10, 20], width=2, height=4, mark=40)
    assert plot.high == 40
    assert plot.mark == 0


def test_nothing_is_drawn_without_room() -> None:
    assert drawn([1, 2], width=0, height=1).rows == ("",)
