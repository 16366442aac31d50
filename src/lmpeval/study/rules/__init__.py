"""What cannot both be so in one study, by the part of it that a rule is about."""
