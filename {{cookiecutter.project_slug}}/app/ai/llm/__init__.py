"""Language models: what is asked of them, who answers, and how much of it people may have."""
