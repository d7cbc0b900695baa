"""Whether everything is as it should be: checks from the ground up, each of them a line, what to do, and its repair."""

from threadrunner_kernel.doctor.checks import CHECKS, chosen, examine, look
from threadrunner_kernel.doctor.finding import Finding, Repair, lines_of

__all__ = ["CHECKS", "Finding", "Repair", "chosen", "examine", "lines_of", "look"]
