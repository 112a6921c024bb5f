"""What every request passes: authentication, limits, the log, errors."""
