"""Faces and their landmarks, found in pictures that nobody has marked."""
