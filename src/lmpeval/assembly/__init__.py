"""From delivered tables and a selection of units to what a design sees."""
