"""Code that the nodes share: schemas, inputs, values, and the resolution of voices."""
