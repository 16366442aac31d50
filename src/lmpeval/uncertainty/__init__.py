"""How far chance takes an effect of few treated regions: stand-ins, clusters, statistics of a gap."""
