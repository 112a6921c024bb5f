"""Code that the routes share: requests, limits, voices, encoders, errors, settings."""
