"""What every room uses: numbers with units, intervals and sources; errors, safe files, reports."""
