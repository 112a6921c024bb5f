"""Written text into spoken words: numbers, times, units, abbreviations, symbols, markup, by language."""
