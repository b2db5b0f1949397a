"""Tests of the statistics: published worked examples, and slow plain versions."""
