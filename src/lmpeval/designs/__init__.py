"""One module a design; a study names it by its module."""
