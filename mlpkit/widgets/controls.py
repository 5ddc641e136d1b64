"""The controls of explorers: each knows its value and its bounds, and the page draws it (controls.js)."""

from collections.abc import Callable

import numpy as np


class Control:
    """A value under a label. Setting `value` raises ValueError outside the bounds, and tells the explorer."""

    def __init__(self, label: str, value: object) -> None:
        self.label = label
        self.changed: Callable[[], None] = lambda: None
        self._value = self.first = self.checked(value)

    @property
    def value(self) -> object:
        """Return the present value."""
        return self._value

    @value.setter
    def value(self, value: object) -> None:
        if self.take(value):
            self.changed()

    def take(self, value: object) -> bool:
        """Take a value without telling the explorer, and return whether it is another than before."""
        value = self.checked(value)
        same = np.array_equal(value, self._value) if isinstance(value, list) else value == self._value
        self._value = value
        return not same

    def checked(self, value: object) -> object:
        """Return the value as it is kept; ValueError for one that the control cannot have."""
        return value

    def nearest(self, value: object) -> object:
        """Return the value nearest to `value` that the control can have."""
        return value

    @property
    def position(self) -> object:
        """Return what stands for the value in the page: a plain number, a string or a list of these."""
        return self._value

    def at(self, position: object) -> object:
        """Return the value that a position of the page stands for."""
        return position

    def described(self) -> dict:
        """Return what the page needs to draw the control."""
        return {"kind": "kept", "label": self.label}


class Slider(Control):
    """A number from `min` to `max` in steps; with `log` its logarithm to base ten moves in equal steps."""

    def __init__(
        self,
        label: str,
        low: float,
        high: float,
        value: float,
        step: float,
        *,
        log: bool = False,
        whole: bool = False,
    ) -> None:
        self.low, self.high, self.step, self.log, self.whole = low, high, step, log, whole
        self.min, self.max = (10.0**low, 10.0**high) if log else (low, high)
        super().__init__(label, value)

    def checked(self, value: float) -> float:
        """Return the number, or raise ValueError when it lies outside."""
        slack = 1e-9 * (abs(self.min) + abs(self.max))
        if not self.min - slack <= value <= self.max + slack:
            raise ValueError(f"{self.label} must lie between {self.min:g} and {self.max:g}, but it is {value!r}")
        return int(value) if self.whole else float(value)

    def nearest(self, value: float) -> float:
        """Return the value of the step nearest to `value`."""
        with np.errstate(divide="ignore"):
            along = float(np.log10(max(value, 0.0))) if self.log else value
        steps = round((min(max(along, self.low), self.high) - self.low) / self.step)
        return self.at(min(self.low + steps * self.step, self.high))

    @property
    def position(self) -> float:
        """Return the value, or its logarithm where that is what moves in equal steps."""
        return float(np.log10(self._value)) if self.log else self._value

    def at(self, position: float) -> float:
        """Return the value at a position of the rail, free of the digits that adding up steps leaves behind."""
        clean = round(position, 10)
        return 10.0**clean if self.log else int(clean) if self.whole else clean

    def described(self) -> dict:
        """Return bounds, step and the number of decimals that are shown."""
        decimals = len(f"{self.step:.10f}".rstrip("0").split(".")[1])
        look = {"min": self.low, "max": self.high, "step": self.step, "log": self.log, "decimals": decimals}
        return {"kind": "slider", "label": self.label, **look}


class Choice(Control):
    """One of several values, each under words of its own: a row of radio buttons."""

    def __init__(self, label: str, options: dict[str, object], value: object) -> None:
        self.options = list(options.items())
        super().__init__(label, value)

    def checked(self, value: object) -> object:
        """Return the value, or raise ValueError when it is none of the options."""
        values = [option for _, option in self.options]
        if value not in values:
            raise ValueError(f"{self.label} must be one of {values}, but it is {value!r}")
        return value

    @property
    def position(self) -> int:
        """Return the number of the option, from 0."""
        return [option for _, option in self.options].index(self._value)

    def at(self, position: int) -> object:
        """Return the value of the option with this number."""
        return self.options[position][1]

    def described(self) -> dict:
        """Return the words of the options."""
        return {"kind": "choice", "label": self.label, "options": [words for words, _ in self.options]}


def slider(label: str, low: float, high: float, value: float, step: float) -> Slider:
    """Return a slider from `low` to `high` that reports while it moves."""
    return Slider(label, low, high, value, step)


def log_slider(label: str, low: float, high: float, value: float) -> Slider:
    """Return a slider over powers of ten, from 10^low to 10^high, that says its value and not the exponent."""
    return Slider(label, low, high, value, 0.05, log=True)


def whole_slider(label: str, low: int, high: int, value: int) -> Slider:
    """Return a slider over whole numbers."""
    return Slider(label, low, high, value, 1, whole=True)


def choice(label: str, options: dict[str, object], value: object) -> Choice:
    """Return a row of buttons of which one is pressed; `options` maps what a button says to its value."""
    return Choice(label, options, value)


def kept(value: list) -> Control:
    """Return a value without a control of its own, such as points that are moved by hand: part of the state."""
    return Control("", value)
