"""Shelves: the tabs of Mine, one kind of thing each."""
