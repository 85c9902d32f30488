"""The main job: what is due, one attempt on each photo, and the one writer of what became of it."""
