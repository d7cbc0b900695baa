"""The host: one process per user that owns the runners and the public API, and runs no inference itself."""
