"""From an original and its landmarks to the square, upright crop."""
