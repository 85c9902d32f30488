"""Where each crop lies in its photo, for other tools: Parquet, JSON, padding masks."""
