"""A finished folder looked through for what must not leave, whoever wrote it."""

from lmpeval.disclosure.scanning.leaks import Leak, Rule, Watch
from lmpeval.disclosure.scanning.walk import scan, scan_kept, scan_names

__all__ = ["Leak", "Rule", "Watch", "scan", "scan_kept", "scan_names"]
