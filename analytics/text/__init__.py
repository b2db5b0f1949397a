"""The words and numbers a reader sees, in Bahasa Indonesia or English."""

from analytics.text.language import LANGUAGES, Text, text

__all__ = ["LANGUAGES", "Text", "text"]
