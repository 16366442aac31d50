"""Study files: YAML in, a `Study` and its designs out, or all that is wrong with file, line and column."""
