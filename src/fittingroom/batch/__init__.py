"""Photos by the million: sources in, rows in Parquet out, the same rows whatever it ran on and however often it ended.

Nothing here knows where it runs. `fittingroom.batch.here` and `fittingroom.batch.processes` run it on one machine,
`fittingroom.distributed` on many.
"""

from fittingroom.batch.plan import Plan, Settings
from fittingroom.batch.run import Order, Report, run_batch

__all__ = ["Order", "Plan", "Report", "Settings", "run_batch"]
