"""What engines share whose models speak in tokens: drawn one by one, and decoded in windows."""
