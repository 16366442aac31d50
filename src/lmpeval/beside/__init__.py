"""What other methods say of the uncertainty, beside the one that a verdict rests on."""
