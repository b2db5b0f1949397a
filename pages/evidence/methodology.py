"""How every figure is made: definitions, protection, intervals, words."""

from analytics.ui import open_page

page = open_page("methodology", filters=())


def protection() -> None:
    """The rules before publication."""
    page.section("What is withheld before anything is published")
    page.prose(
        "Primary suppression: a figure over fewer than 5 people, or fewer than 10 respondents, is"
        " withheld. People are counted, not rows: somebody rated every month is one person. Counts of"
        " low ratings and of objections from 1 to 4 are withheld too: in an agency they point at"
        " people."
    )
    page.prose(
        "Secondary suppression: places, months, groups and parts of a figure that add up to a"
        " published total are protected together. Where a withheld figure could be worked out from"
        " others, further figures are withheld until it cannot."
    )
    page.prose(
        "A snapshot is safe where, for every withheld count, what can be concluded from the whole"
        " file includes zero or reaches the threshold: 5 people, or 10 respondents. The same holds"
        " for withheld counts taken together under one published total. A withheld figure may be zero:"
        " where one group of an agency is withheld, all are, those without anybody included."
    )
    page.prose(
        "For agencies, figures by groups of people are published by year only, once the year is"
        " over; so are groups by two dimensions at once, which are not published for agencies."
    )
    page.prose(
        "Spreads and distributions, which intervals of means and medians need, are published from 30"
        " people on: of fewer they would give single values away."
    )
    page.prose(
        "Agencies of one kind are added up from those published. Withheld agencies are left out and"
        " counted under the picture; where more than half are, the sum is withheld."
    )
    page.prose(
        "Before a snapshot is served, its withheld figures are attacked with everything published."
        " Where the bounds pin down a small count, publishing stops and the old snapshot stays."
    )
    page.prose(
        "The dashboard never opens a record. It reads one file of sums, and a combination that was"
        " not published cannot be asked."
    )
    page.withheld()


def intervals() -> None:
    """Where the doubt comes from."""
    page.section("How the doubt is worked out")
    page.prose("Every interval is a 95% interval, worked out after protection.")
    page.prose("Shares: Wilson's score interval (Wilson 1927).")
    page.prose("Rates per 1,000: Byar's approximation to the Poisson interval.")
    page.prose("Means: Student's t with the standard deviation of the rows.")
    page.prose(
        "Means of fewer than 30 people: the normal interval with the standard deviation of all places"
        " together in that period, since their own is not published."
    )
    page.prose(
        "Differences between two groups: Newcombe's interval. With the same mix, both groups are"
        " weighted as the two together, in the kinds of people that both have (direct"
        " standardisation). Neither tells a cause."
    )
    page.prose("Medians: from the bins that hold the order statistics of the interval.")
    page.prose(
        "Where one person stands behind several rows, the interval is that of as many rows as"
        " people: ratings of the same person in a year are not independent."
    )
    page.prose("A figure from a recap without n has no interval, and nothing is added up from it.")
    page.prose(
        "Two figures are called different, and a change clear, where the 95% interval of their"
        " difference leaves out zero. Where the highest and the lowest of many places are named, it"
        " is wide enough for all differences among them (Tukey's range); where clear differences"
        " are counted, at most one in twenty is expected to be by chance (Benjamini–Hochberg). Of"
        " eight or more months or quarters a change must also be beyond what they usually differ by;"
        " and where a metric names the smallest difference that matters, a smaller one is none."
    )
    page.prose(
        "A year that is not over is set against no whole year and no target. What grows within a"
        " year, such as hours of training, is set against the same month of the year before."
    )


def studies() -> None:
    """What is fitted over the records while publishing."""
    page.prose(
        "A study needs records. It is fitted while publishing, and only its estimates enter the"
        " snapshot, none over fewer than 30 people."
    )
    page.studies()


def words() -> None:
    """The words of the field and of this dashboard."""
    page.glossary()


page.prose(
    "Every figure is a sum of published cells, divided when it is shown. Choose a subject for"
    " each metric's meaning, formula, source and caution."
)
page.tabs(
    ("Performance", lambda: page.definitions(subject="performance")),
    ("Training", lambda: page.definitions(subject="training")),
    ("Readiness for change", lambda: page.definitions(subject="readiness")),
    ("Public services", lambda: page.definitions(subject="services")),
    ("Careers", lambda: page.definitions(subject="careers")),
    ("Coverage of the data", lambda: page.definitions(subject="coverage")),
    ("Protection", protection),
    ("Intervals", intervals),
    ("Studies", studies),
    ("Glossary", words),
)
page.foot()
