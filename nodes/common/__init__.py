"""What the nodes share when ComfyUI imports the pack: schemas, inputs, values, and the resolution of voices."""
