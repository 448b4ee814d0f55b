"""Time zones: a start has the offset that its country uses at that moment, and so a zone."""

from __future__ import annotations

from datetime import datetime

import pytest

from contract.timezones import NotInZone, zone_of


def zone(starts_at: str, country: str, *, city: str = "", timezone: str | None = None) -> str:
    """Return the time zone of a start."""
    at = datetime.fromisoformat(starts_at)
    return zone_of(at, country=country, city=city, timezone=timezone)


def refusal(starts_at: str, country: str, *, timezone: str | None = None) -> NotInZone:
    """Return why a start is refused."""
    with pytest.raises(NotInZone) as refused:
        zone(starts_at, country, timezone=timezone)
    return refused.value


@pytest.mark.parametrize(
    ("starts_at", "country", "expected"),
    [
        ("2028-07-01T20:00:00+02:00", "FR", "Europe/Paris"),
        ("2028-12-01T20:00:00+01:00", "FR", "Europe/Paris"),
        ("2028-06-18T19:00:00-06:00", "MX", "America/Mexico_City"),
        ("2028-06-18T19:00:00-07:00", "US", "America/Los_Angeles"),
        ("2028-12-18T19:00:00-07:00", "US", "America/Denver"),
        ("2028-12-18T19:00:00-10:00", "US", "Pacific/Honolulu"),
        ("2028-06-18T19:00:00+10:00", "AU", "Australia/Sydney"),
        ("2028-06-18T19:00:00-03:00", "BR", "America/Sao_Paulo"),
        ("2028-06-18T19:00:00+05:45", "NP", "Asia/Kathmandu"),
        ("2028-06-18T19:00:00Z", "IS", "Atlantic/Reykjavik"),
    ],
)
def test_the_country_and_the_offset_give_the_likeliest_zone(
    starts_at: str, country: str, expected: str
) -> None:
    assert zone(starts_at, country) == expected


@pytest.mark.parametrize(
    ("city", "expected"),
    [("Phoenix", "America/Phoenix"), ("los  angeles", "America/Los_Angeles")],
)
def test_a_city_that_names_a_zone_decides(city: str, expected: str) -> None:
    assert zone("2028-06-18T19:00:00-07:00", "US", city=city) == expected


def test_a_city_names_a_zone_without_its_accents() -> None:
    assert zone("2028-06-18T19:00:00-06:00", "MX", city="Mérida") == "America/Merida"


@pytest.mark.parametrize("offset", ["+01:00", "+14:00", "-02:00", "+02:30", "Z"])
def test_an_offset_that_the_country_does_not_use_is_refused_with_the_right_one(offset: str) -> None:
    wrong = refusal(f"2028-07-01T20:00:00{offset}", "FR")
    assert not wrong.about_zone
    assert "it should be 2028-07-01T20:00:00+02:00 (Europe/Paris)" in str(wrong)


def test_the_right_offset_depends_on_the_date() -> None:
    assert "2028-12-01T20:00:00+01:00" in str(refusal("2028-12-01T20:00:00+02:00", "FR"))


def test_the_same_moment_in_another_offset_is_still_refused() -> None:
    assert zone("2028-07-01T20:00:00+02:00", "FR") == "Europe/Paris"
    assert "2028-07-01T19:00:00+02:00" in str(refusal("2028-07-01T19:00:00+01:00", "FR"))


def test_every_offset_of_a_large_country_is_named_once() -> None:
    wrong = str(refusal("2028-12-18T19:00:00+01:00", "AU"))
    for expected in ("+11:00 (Australia/Sydney)", "+10:00 (Australia/Brisbane)",
                     "+10:30 (Australia/Adelaide)", "+08:00 (Australia/Perth)"):  # fmt: skip
        assert wrong.count(expected) == 1


def test_a_time_that_clocks_skip_is_refused_with_the_time_they_show_instead() -> None:
    wrong = str(refusal("2028-03-26T02:30:00+01:00", "FR"))
    assert "2028-03-26T03:30:00+02:00" in wrong


@pytest.mark.parametrize("offset", ["+01:00", "+02:00"])
def test_a_time_that_clocks_show_twice_may_have_either_offset(offset: str) -> None:
    assert zone(f"2028-10-29T02:30:00{offset}", "FR") == "Europe/Paris"


def test_a_given_zone_is_kept() -> None:
    at = "2028-06-18T19:00:00-07:00"
    assert zone(at, "US", city="San Luis", timezone="America/Phoenix") == "America/Phoenix"


def test_a_given_zone_must_use_the_offset() -> None:
    wrong = refusal("2028-06-18T19:00:00-07:00", "US", timezone="America/Denver")
    assert not wrong.about_zone
    assert "2028-06-18T19:00:00-06:00 (America/Denver)" in str(wrong)


def test_a_given_zone_must_be_in_the_country() -> None:
    wrong = refusal("2028-06-18T19:00:00-07:00", "FR", timezone="America/Los_Angeles")
    assert wrong.about_zone
    assert str(wrong) == "America/Los_Angeles is not a time zone of FR: Europe/Paris"


@pytest.mark.parametrize(
    "name",
    ["UTC", "EST", "Etc/GMT-2", "europe/paris", "Europe/Atlantis", "posix/Europe/Paris",
     "right/Europe/Paris", "../../etc/passwd", "/etc/localtime", "Europe/Paris\n", ""],
)  # fmt: skip
def test_what_is_not_the_name_of_a_place_is_no_time_zone(name: str) -> None:
    wrong = refusal("2028-07-01T20:00:00+02:00", "FR", timezone=name)
    assert wrong.about_zone
    assert "is not an IANA time zone" in str(wrong)


def test_a_country_without_a_known_zone_needs_one() -> None:
    wrong = refusal("2028-07-01T20:00:00+02:00", "XK")
    assert wrong.about_zone
    assert zone("2028-07-01T20:00:00+02:00", "XK", timezone="Europe/Belgrade") == "Europe/Belgrade"
