"""Text before it is spoken: where sentences begin and end in what the user wrote."""
