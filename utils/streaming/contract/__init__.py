"""The types that engines, workers and jobs share. Imports nothing else of the package."""
