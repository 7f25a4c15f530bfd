"""One file for each feature: its paths, and nothing else."""
