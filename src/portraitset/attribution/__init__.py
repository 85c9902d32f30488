"""What must go with whatever is handed on: licence, notice, credits, and the changes made."""
