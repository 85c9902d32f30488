"""What leaves the workspace: the lock file, and the check of files against it."""
