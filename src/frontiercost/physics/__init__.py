"""What a model costs in FLOP, bytes and seconds; it knows no money and reads no files."""
