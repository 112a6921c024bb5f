"""MiraTTS: cloned voices in English and Chinese, streamed within the sentence, at 48 kHz."""
