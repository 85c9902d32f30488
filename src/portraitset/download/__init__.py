"""From addresses to bytes on disk, at the pace that the sites' operators allow."""
