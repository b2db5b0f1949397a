"""Taking data in: read a file as text, check all of it, load it or say everything that is wrong."""

from analytics.intake.findings import Finding, ImportRefused, ImportReport
from analytics.intake.load import import_files

__all__ = ["Finding", "ImportRefused", "ImportReport", "import_files"]
