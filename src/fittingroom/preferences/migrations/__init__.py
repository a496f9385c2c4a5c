"""Alembic's steps, which travel inside the package; see `fittingroom.preferences.migration`."""
