"""Charts of Office files: the title, and a line for each category with the value of every series."""

from collections.abc import Mapping
from typing import Any

from knowledge.loaders.tables import rows_as_text

POINTS = 500
"""The most points of a chart that are written."""


def chart_text(chart: Any) -> str:
    """Return a chart's title and its values as lines; empty where it holds none.

    Args:
        chart: the root of the chart's XML.
    """
    titles = [_words(title) for title in chart.iter("{*}title")]
    series = [one for one in chart.iter("{*}ser") if one.find("{*}val") is not None or one.find("{*}yVal") is not None]
    names = [_words(one.find("{*}tx")) or f"Series {number}" for number, one in enumerate(series, start=1)]
    values = [_points(one, "val", "yVal") for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories = {**_points(one, "cat", "xVal"), **categories}
    places = sorted({*categories, *(place for points in values for place in points)})[:POINTS]
    rows = [[categories.get(place, str(place + 1)), *(points.get(place, "") for points in values)] for place in places]
    # The axes' titles come after the chart's own, where it has one.
    title = "Chart: " + ", ".join(filter(None, titles)) if any(titles) else "Chart:"
    return "\n".join([title, rows_as_text([["", *names], *rows], headed=True)]) if rows else ""


def _words(element: Any) -> str:
    """Return the text, or the value that is kept of the cell that it comes from."""
    if element is None:
        return ""
    found = [text.text or "" for text in element.iter("{*}t")] or [value.text or "" for value in element.iter("{*}v")]
    return " ".join("".join(found).split())


def _points(series: Any, *tags: str) -> Mapping[int, str]:
    """Return the values of a series, or its categories, by their place."""
    holder = next((series.find(f"{{*}}{tag}") for tag in tags if series.find(f"{{*}}{tag}") is not None), None)
    points: dict[int, str] = {}
    for point in holder.iter("{*}pt") if holder is not None else ():
        place, value = point.get("idx") or "", _plain(_words(point))
        if place.isdigit() and value:
            points.setdefault(int(place), value)
    return points


def _plain(value: str) -> str:
    """Write a number without the digits that only a computer needs."""
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return value
