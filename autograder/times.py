"""Times as nbgrader's timestamp.txt and due dates have them."""

import re
import warnings
from datetime import datetime


def read_time(stamp: str | None) -> tuple[datetime | None, str]:
    """A time in UTC without a zone, and words about it where it cannot be read or its zone is not known.

    As nbgrader's `parse_utc`: a zone may be a name of the tz database, a time without a zone is in UTC. A zone that
    is not known counts as UTC there, in silence; here it is said.
    """
    from dateutil import parser, tz

    stamp = " ".join((stamp or "").split())
    if not stamp:
        return None, ""
    text, _, last = stamp.rpartition(" ")
    zone = None
    try:
        named = text and re.fullmatch(r"[A-Za-z][\w/+-]*", last) and last.upper() not in ("AM", "PM", "Z")
        if named and re.search(r"\d", text) and not _is_month(last):
            zone = tz.gettz(last)
            words = "" if zone else f"its zone {last!r} is not known"
            when = parser.parse(text)
        else:
            words = ""
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                when = parser.parse(stamp)
            if any(issubclass(w.category, parser.UnknownTimezoneWarning) for w in caught):
                words = "its zone is not known"
        if zone is not None and when.tzinfo is None:
            when = when.replace(tzinfo=zone)
        if when.tzinfo is not None:
            when = (when - when.utcoffset()).replace(tzinfo=None)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None, f"the time {stamp[:60]!r} cannot be read: no lateness is counted"
    return when, f"the time {stamp[:60]!r} counts as UTC: {words}" if words else ""


def _is_month(word: str) -> bool:
    return (
        word[:3].lower() in ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        and word.isalpha()
        and len(word) > 3
    )
