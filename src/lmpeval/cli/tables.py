"""`lmpeval schema` and `lmpeval check-table`: what files must look like."""

from __future__ import annotations

import json
from pathlib import Path

from lmpeval.cli.application import app


@app.command
def schema() -> None:
    """Print the JSON Schema of study files, for editors."""
    from lmpeval.study_files.writing import study_schema

    print(json.dumps(study_schema(), indent=2, ensure_ascii=False))


@app.command
def check_table(contract: str, file: Path, /, *, table: str | None = None) -> None:
    """Hold a table against its contract and list all that is wrong with it.

    Parameters
    ----------
    contract
        Name of the contract, such as region_panel.
    file
        CSV, Parquet or DuckDB file, or a folder of Parquet parts.
    table
        Table of a DuckDB file.
    """
    from lmpeval.contracts import load_contract
    from lmpeval.sources.tables import read_parts, read_table

    rules = load_contract(contract)
    whole = read_parts(file) if file.is_dir() and table is None else read_table(file, table)
    checked = rules.check(whole, str(file))
    print(f"{file}: {len(checked)} rows keep contract {contract}")
