"""Questions over evaluations: many actors, pathways, years, what fits, what differs."""
