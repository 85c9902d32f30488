"""Handing pictures on: one module per format, one protocol."""
