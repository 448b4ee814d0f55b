"""Starts: dates and times that can mean one moment are read, others are refused with the reason."""

from __future__ import annotations

import pytest

from tests.client.spreadsheets.rows import errors, text, tickets

READ = [
    "2028-11-30T19:30:00+01:00", "2028-11-30 19:30:00+01:00", "2028-11-30T19:30+0100",
    "2028-11-30T19:30+01", "2028-11-30 19:30", "2028-11-30T19:30", "2028/11/30 19:30",
    "30/11/2028 19:30", "11/30/2028 7:30 PM", "11/30/2028 07:30:00 pm", "30.11.2028 19:30",
    "30-11-2028 19h30", "Thu, 30 Nov 2028 19:30:00 +0100", "30 November 2028 7:30 p.m.",
    "Nov 30, 2028 7:30 PM", "Thursday 30 Nov 2028 at 19:30", "30-Nov-2028 19:30",
]  # fmt: skip


@pytest.mark.parametrize("cell", READ)
def test_a_start_that_can_mean_one_moment_is_read(cell: str) -> None:
    (ticket,) = tickets(text(starts_at=cell))
    assert ticket.show.starts_at.isoformat() == "2028-11-30T19:30:00+01:00"


def test_utc_is_an_offset() -> None:
    (ticket,) = tickets(text(starts_at="2028-11-30T19:30Z"))
    assert ticket.show.starts_at.isoformat() == "2028-11-30T19:30:00+00:00"


@pytest.mark.parametrize(
    ("cell", "hour"), [("12:30 AM", 0), ("12:30 PM", 12), ("1:30 AM", 1), ("11:30 pm", 23)]
)
def test_noon_and_midnight_are_twelve(cell: str, hour: int) -> None:
    (ticket,) = tickets(text(starts_at=f"2028-11-30 {cell}"))
    assert ticket.show.starts_at.hour == hour


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("03/04/2028 20:00", "may be 2028-04-03 or 2028-03-04; write the year first"),
        ("3-4-2028 20:00", "may be 2028-04-03 or 2028-03-04"),
        ("03.04.2028 20:00", "may be 2028-04-03 or 2028-03-04"),
        ("30/11/28 19:30", "write the year with four digits"),
        ("2028-11-30", "the time is missing"),
        ("30/11/2028", "the time is missing"),
        ("47088.8125", "a spreadsheet's serial number"),
        ("47088", "a spreadsheet's serial number"),
        ("31/11/2028 19:30", "day is out of range"),
        ("2028-11-30 25:00", "hour must be in 0..23"),
        ("2028-11-30 19:30 PM", "19 is no hour with pm"),
        ("30 Novembre 2028 19:30", "Novembre is no English name of a month"),
        ("2028-03-26 02:30", "clocks in FR skip that night"),
        ("2028-10-29 02:30", "2028-10-29T02:30:00+01:00 or 2028-10-29T02:30:00+02:00"),
        ("2028-11-30 19:30+99:00", "has the offset +99:00, which no place uses"),
        ("2028-11-30 19:30+01:75", "has the offset +01:75"),
        ("0001-01-01 00:00", "where the calendar ends"),
        ("tomorrow", "must be a date and time with an offset"),
        ("", "must be a date and time with an offset"),
    ],
)
def test_a_start_that_can_mean_two_moments_or_none_is_refused(cell: str, reason: str) -> None:
    found = errors(text(starts_at=cell))
    assert list(found) == ["starts_at"]
    assert reason in found["starts_at"]


def test_a_day_and_a_month_that_are_equal_are_one_day() -> None:
    (ticket,) = tickets(text(starts_at="04/04/2028 20:00"))
    assert ticket.show.starts_at.isoformat() == "2028-04-04T20:00:00+02:00"


def test_a_country_with_several_time_zones_needs_one() -> None:
    cell = "2028-06-08 20:00"
    assert "US has several time zones" in errors(text(country="US", starts_at=cell))["starts_at"]
    (ticket,) = tickets(text(country="US", starts_at=cell, timezone="America/Denver"))
    assert ticket.show.starts_at.isoformat() == "2028-06-08T20:00:00-06:00"
    (ticket,) = tickets(text(country="US", starts_at=cell, timezone="America/Phoenix"))
    assert ticket.show.starts_at.isoformat() == "2028-06-08T20:00:00-07:00"


@pytest.mark.parametrize("zone", ["Europe/Pariss", "CET", "+01:00", "../etc/passwd"])
def test_a_time_zone_that_does_not_exist_is_named(zone: str) -> None:
    assert "timezone" in errors(text(starts_at="2028-11-30 19:30", timezone=zone))


def test_a_date_and_a_time_in_two_columns_are_one_start() -> None:
    for date, time in (("30/11/2028", "19:30"), ("2028-11-30 00:00:00", "7:30 PM")):
        (ticket,) = tickets(text(without="starts_at", date=date, time=time))
        assert ticket.show.starts_at.isoformat() == "2028-11-30T19:30:00+01:00"
