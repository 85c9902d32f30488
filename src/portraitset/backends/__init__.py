"""Where attempts run: on this machine, later on a cluster."""
