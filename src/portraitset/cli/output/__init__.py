"""What the commands do and print; loaded when a command is called, not for its help."""
