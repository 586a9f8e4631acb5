"""Workload × prices → bill → verdict."""
