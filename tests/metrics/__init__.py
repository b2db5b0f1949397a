"""Tests of the rows that metrics count."""
