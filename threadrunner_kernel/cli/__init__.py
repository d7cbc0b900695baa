"""The ``threadrunner`` command."""
