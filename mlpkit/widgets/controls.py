"""The controls that explorers are made of, all of one look, each reachable by keyboard."""

import ipywidgets

_LOOK = {"layout": {"width": "320px", "max_width": "95%"}, "style": {"description_width": "110px"}}


def slider(label: str, low: float, high: float, value: float, step: float) -> ipywidgets.FloatSlider:
    """Return a slider from `low` to `high` that reports while it moves."""
    decimals = max(0, len(f"{step:.10f}".rstrip("0").split(".")[1]))
    form = f".{decimals}f"
    return ipywidgets.FloatSlider(
        value, min=low, max=high, step=step, description=label, readout_format=form, **_LOOK
    )


def log_slider(label: str, low: float, high: float, value: float) -> ipywidgets.FloatLogSlider:
    """Return a slider over powers of ten, from 10^low to 10^high."""
    return ipywidgets.FloatLogSlider(
        value, base=10, min=low, max=high, step=0.05, description=label, readout_format=".3g", **_LOOK
    )


def whole_slider(label: str, low: int, high: int, value: int) -> ipywidgets.IntSlider:
    """Return a slider over whole numbers."""
    return ipywidgets.IntSlider(value, min=low, max=high, description=label, **_LOOK)


def choice(label: str, options: dict[str, object], value: object) -> ipywidgets.ToggleButtons:
    """Return a row of buttons of which one is pressed; `options` maps what a button says to its value."""
    style = {"description_width": "110px", "button_width": "auto"}
    return ipywidgets.ToggleButtons(options=list(options.items()), value=value, description=label, style=style)
