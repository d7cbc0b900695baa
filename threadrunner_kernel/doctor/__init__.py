"""Whether everything is as it should be: checks from the ground up, each of them a line and what to do."""

from threadrunner_kernel.doctor.checks import CHECKS, examine
from threadrunner_kernel.doctor.finding import Finding, lines_of

__all__ = ["CHECKS", "Finding", "examine", "lines_of"]
