"""Causal evaluation of regional health-care programmes on the Triple Aim."""
