"""Every page opens on a store that holds a register of employees alone."""

from __future__ import annotations

import pytest

from analytics.text import LANGUAGES
from tests.pages.test_version_two import NAMES, words


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_on_people_alone(people_alone, opened, language, name):
    assert words(opened(people_alone, name, lang=language))
