"""The runtime: streaming core, segment cache, environments and models, and helpers shared by all parts."""
