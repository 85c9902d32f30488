"""The whole pipeline on pictures that this package draws itself."""
