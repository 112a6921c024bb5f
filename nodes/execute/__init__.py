"""What nodes do when they run. Only these modules may import numpy, torch and the jobs."""
