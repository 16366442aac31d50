"""Delivered files, one module a kind, and the region panel that is built from them."""

from lmpeval.sources.delivery import Delivery, deliver

__all__ = ["Delivery", "deliver"]
