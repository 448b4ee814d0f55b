"""Text keys: what is one seat, or one name of a show, however it is spelled."""

from __future__ import annotations

import pytest

from contract.text_keys import fold, name_key, seat_key, tidy

SECTION = "Balc\u00f3n Nord"


@pytest.mark.parametrize(
    "spelling",
    ["BALC\u00d3N NORD", "Balco\u0301n Nord", " Balc\u00f3n\u00a0\u2003Nord ", "balc\u00f3n  nord",
     "Balc\u00f3n\tNord", "Balc\u00f3n\u3000Nord", "\uff22alc\u00f3n Nord",
     "Balc\u00f3\u200dn Nord",
     "Balc\u00f3n\n Nord", "Balc\u00f3\ufe0fn Nord"],
    ids=ascii,
)  # fmt: skip
def test_a_seat_has_one_key_however_it_is_spelled(spelling: str) -> None:
    assert seat_key(spelling, "C", "12") == seat_key(SECTION, "c", "\uff11\uff12")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12-A", "12\u2013a"),
        ("12\u2011A", "12\u2212A"),
        ("O'1", "o\u20191"),
        ("stra\u00dfe", "STRASSE"),
    ],
    ids=ascii,
)
def test_kinds_of_dash_and_apostrophe_do_not_tell_seats_apart(one: str, other: str) -> None:
    assert seat_key("A", "1", one) == seat_key("A", "1", other)


@pytest.mark.parametrize("digits", ["\u0661\u0665", "\uff11\uff15", "\u0967\u096b", "\u06f1\u06f5"])
def test_a_seat_row_or_section_is_the_same_in_the_digits_of_every_script(digits: str) -> None:
    assert seat_key(digits, digits, f"{digits}A") == seat_key("15", "15", "15a")


@pytest.mark.parametrize(
    ("one", "other"),
    [(("Balc\u00f3n", "C", "12"), ("Balcon", "C", "12")), (("A", "1", "12"), ("A", "11", "2")),
     (("A 1", "", "2"), ("A", "1", "2")), (("", "1", "2"), ("1", "", "2")),
     (("A", "1", "1"), ("A", "1", "01"))],
    ids=ascii,
)  # fmt: skip
def test_other_seats_have_other_keys(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert seat_key(*one) != seat_key(*other)


@pytest.mark.parametrize("seat", ["", " ", "\u00a0", "\u200d"], ids=ascii)
def test_a_place_without_a_seat_has_no_key(seat: str) -> None:
    assert seat_key("Standing", "", seat) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L'Arl\u00e9sienne", "L\u2019ARLESIENNE"), ("L'Arl\u00e9sienne", "L`Arl\u00b4esienne"),
        ("The Okapis", "okapis"), ("THE  Okapis", "Okapis"),
        ("Saint\u2013\u00c9tienne", "Saint-Etienne"),
        ("Saint \u2014 \u00c9tienne", "saint etienne"), ("\u201cOkapi\u201d", "\u00abOkapi\u00bb"),
        ("\u0130stanbul", "istanbul"), ("AC\uff0dDC", "AC-DC"), ("Rock 'n' Roll", "Rock n Roll"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_name_has_one_key_however_it_is_spelled(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Thesaurus", "saurus"), ("Okapi I", "Okapi II"), ("Theatre", "atre")],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("name", ["The", "-", "'", "\u2014"], ids=ascii)
def test_a_name_of_marks_alone_has_a_key_of_its_own(name: str) -> None:
    assert name_key(name)


@pytest.mark.parametrize("digits", ["\u0661\u0665", "\uff11\uff15", "\u0967\u096b"], ids=ascii)
def test_a_name_is_the_same_and_is_found_in_the_digits_of_every_script(digits: str) -> None:
    assert name_key(f"Ring {digits}") == name_key("Ring 15")
    assert fold(digits) == "15"


def test_a_search_does_not_depend_on_the_kind_of_apostrophe() -> None:
    assert fold("L\u2019Arl\u00e9sienne") == fold("l'arlesienne")


def test_what_is_stored_keeps_case_and_accents() -> None:
    assert tidy("  Balco\u0301n \u00a0Nord ") == "Balc\u00f3n Nord"
