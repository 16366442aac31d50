"""Person-level deliveries: read where they lie, checked by counting, handed on without identifiers."""
