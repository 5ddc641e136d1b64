"""A bar for work that takes more than a moment: how much is done, and about how long it will still take."""

import time
from collections.abc import Collection, Iterator
from typing import TypeVar

import traitlets
from IPython.display import display

from mlpkit.widgets.picture import OnPage, page_code

Item = TypeVar("Item")
_OFTEN = 0.2  # seconds between two messages to the page


class Working(OnPage):
    """A bar in the page; a file keeps only what the work was."""

    _esm = page_code("shell", "working")

    about = traitlets.Unicode("").tag(sync=True)
    done = traitlets.Int(0).tag(sync=True)
    total = traitlets.Int(1).tag(sync=True)
    left = traitlets.Unicode("").tag(sync=True)

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live bar, and for readers without a kernel what was worked on."""
        words = f"({self.about}: {self.total})"
        return super()._repr_mimebundle_(**kwargs)[0] | {"text/html": f"<p>{words}</p>", "text/plain": words}


def working(items: Collection[Item], about: str) -> Iterator[Item]:
    """Yield `items` one after the other, with a bar that says how many of them are done; `about` says what they are.

    An interrupt leaves the bar where it stands.
    """
    bar = Working(about=about, total=len(items))
    display(bar)
    begun = said = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - said > _OFTEN or done == len(items):
            said = now
            left = (now - begun) / done * (len(items) - done)
            with bar.hold_sync():
                bar.left = f"about {left:.0f} s left" if left >= 1 else ""
                bar.done = done
