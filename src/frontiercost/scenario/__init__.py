"""What was asked: keys, their values and who set them; the user's own facts."""
