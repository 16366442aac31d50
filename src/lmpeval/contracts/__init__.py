"""Data contracts made executable: a table is valid, or all that is wrong with it is listed.

The contracts are written in the Open Data Contract Standard (Bitol, version 3.1.0), one file a table, in
``data_contracts``. :func:`load_contract` reads one, :meth:`Contract.check` holds a table to it.
"""

from lmpeval.contracts.contract import Column, Contract, load_contract, read_contract
from lmpeval.contracts.violations import Breach, ContractError, Violation

__all__ = ["Breach", "Column", "Contract", "ContractError", "Violation", "load_contract", "read_contract"]
