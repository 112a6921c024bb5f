"""The segment cache: keys (`key`), the entry format (`entry`), and the store of entries (`store`)."""
