"""The team's door: the web pages, which use the API and nothing else."""
