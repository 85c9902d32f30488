"""Pages and pictures over a workspace's artifacts."""
