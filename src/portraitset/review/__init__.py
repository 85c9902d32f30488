"""The local page on which a person keeps and rejects faces; it writes decisions, nothing else."""
