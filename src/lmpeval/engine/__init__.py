"""Studies made ready, and their cells run side by side."""
