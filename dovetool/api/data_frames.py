"""Tables as pandas and polars have them: here alone are these imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.api.columns import missing

if TYPE_CHECKING:
    import pandas
    import polars

    from dovetool.analysis.arrow import Table


def to_pandas(table: Table) -> pandas.DataFrame:
    """The table as a data frame of pandas.

    Raises:
        MissingLibraryError: pandas is not installed.
    """
    try:
        import pandas  # noqa: F401  (pyarrow does the work)
    except ImportError:
        raise missing("pandas") from None
    frame: pandas.DataFrame = table.to_pandas()
    return frame


def to_polars(table: Table) -> polars.DataFrame:
    """The table as a data frame of polars.

    Raises:
        MissingLibraryError: polars is not installed.
    """
    try:
        import polars
    except ImportError:
        raise missing("polars") from None
    made = polars.from_arrow(table)
    assert isinstance(made, polars.DataFrame)  # noqa: S101  (a table always becomes one)
    return made
