"""What nodes do when they run. These modules may import numpy, torch and the jobs; nodes import them in `execute`."""
