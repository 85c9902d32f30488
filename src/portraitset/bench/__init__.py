"""What this machine makes of the tool: alignment, downloads and exports, measured."""
