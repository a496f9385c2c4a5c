"""How good a parser is: what the field measures, on labelled photos."""
