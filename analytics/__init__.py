"""Appraisal, training and readiness for change of civil servants: records in, protected answers out."""
