"""Tests of words and numbers."""
