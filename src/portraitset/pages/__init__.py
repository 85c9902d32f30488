"""What every page of the tool shares: its frame, and small pictures of the crops."""
