"""Published results, and those of one's own: tables read into cases that stages can predict."""
