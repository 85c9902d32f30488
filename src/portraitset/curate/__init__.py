"""From what is held to what is kept: measures, duplicates, rules, splits, decisions."""
