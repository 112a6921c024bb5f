"""The work of the nodes. These modules may import numpy, torch and the jobs; nodes import them in `execute`."""
