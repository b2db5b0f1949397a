"""A page that shows an interval must not wait for libraries that only publishing needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (PROJECT / "analytics/stats").glob("[a-z]*.py"))


def test_no_module_of_statistics_loads_scipy_or_statsmodels_by_itself():
    assert "intervals" in MODULES
    code = "import sys\n" + "".join(f"import analytics.stats.{name}\n" for name in MODULES)
    code += "print([name for name in ('scipy', 'statsmodels', 'pandas') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
