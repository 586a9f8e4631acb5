"""What publishers of facts offer as files, read into rows of the catalogue: a module each."""
