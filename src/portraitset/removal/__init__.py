"""Taking pictures out: what is asked for, where every copy lies, and how it is taken out."""
