"""Decoding: the text of a file, whatever program saved it, or the reason why it has none."""

from __future__ import annotations

import codecs
import re

from client.spreadsheets.problems import BadFile

#: The first bytes of UTF-16 and UTF-32 files. UTF-32 comes first: its mark starts like UTF-16's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: The first bytes of files that are no text.
BINARY = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls); save it as .xlsx or as “CSV UTF-8”"),
    (b"%PDF", "a PDF; export the table as “CSV UTF-8”"),
    (b"\x1f\x8b", "compressed (gzip); unpack it first"),
)
#: What files that are text, and no table, begin with, in lower case.
OTHER_TEXT = (
    (("<!doctype", "<html", "<table"), "a web page (HTML)"),
    (("<?xml",), "XML"),
    (("{", "["), "JSON"),
)
UTF_8_HINT = "save the file as “CSV UTF-8”, then try again"
#: What ends a word in a file of cells.
WORD_END = re.compile(rb"[\s,;\"]")
#: Bytes that are looked at to recognise UTF-16 without a mark.
SAMPLE = 400


def decode_text(raw: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 or UTF-32. Raise BadFile naming the line."""
    for start, what in BINARY:
        if raw.startswith(start):
            raise BadFile(f"the file is {what}")
    encoding = next((name for mark, name in MARKS if raw.startswith(mark)), _unmarked(raw))
    if encoding != "utf-8":
        try:
            return raw.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            name = encoding.upper()[:6]
            raise BadFile(f"the file is {name} but damaged or cut off; {UTF_8_HINT}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(_not_utf_8(raw, error.start)) from None
    begins = text[:SAMPLE].lstrip().lower()
    for marks, what in OTHER_TEXT:
        if begins.startswith(marks):
            raise BadFile(f"the file is {what}; export the table as “CSV UTF-8”")
    return text


def _unmarked(raw: bytes) -> str:
    """Return the encoding of a file without a mark: UTF-16 has a NUL beside each ASCII letter."""
    sample = raw[:SAMPLE]
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    if max(zeros) < len(sample) // 4 or len(sample) < 4:  # noqa: PLR2004  too few bytes to tell
        return "utf-8"
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _not_utf_8(raw: bytes, at: int) -> str:
    """Say which line is not UTF-8, and what it looks like if it is Windows-1252."""
    line = raw.count(b"\n", 0, at) + 1
    before, after = (
        WORD_END.split(raw[max(0, at - 40) : at])[-1],
        WORD_END.split(raw[at : at + 40])[0],
    )
    word = before + after
    try:
        looks = f", but looks like Windows-1252 (“{word.decode('cp1252')}”)"
    except UnicodeDecodeError:
        looks = ""
    return f"line {line} is not UTF-8{looks}; {UTF_8_HINT}"
