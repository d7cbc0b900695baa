"""What a model's name means: which file, which engine."""

from threadrunner_kernel.models.names import ModelRef, resolve

__all__ = ["ModelRef", "resolve"]
