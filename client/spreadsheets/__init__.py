"""Spreadsheets: the files that people bring, read as records of clean text.

Whatever is unambiguous is read; the rest is refused with the reason. `client.csv_listings` turns
the records into listings.
"""
