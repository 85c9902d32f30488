"""Edited crops back into their photos: which face each is of, pasted, and the copies kept track."""
