"""Where every artifact of a dataset lives, and what is known of it."""
