"""Metrics as text, as Prometheus reads it. A figure that is unknown has no line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The names of sources are the user's own, but those in alerts come from providers.
LONGEST_LABEL = 120


@dataclass(frozen=True, slots=True)
class Metric:
    """`kind` is `gauge`, `counter` or `summary`; of a summary the lines are `_sum` and `_count`."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """`values` are those of the metric's labels, in their order."""

    values: tuple[str, ...]
    value: float | Decimal | datetime
    suffix: str = ""


def exposed(found: Mapping[Metric, Iterable[Sample]], redact: Callable[[str], str]) -> str:
    """Return the text; a metric without a sample is left out.

    Source: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    lines: list[str] = []
    label = cache(lambda text: _escaped(redact(text)))
    for metric, samples in found.items():
        written = list(_lines(metric, samples, label))
        if written:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}", *written]
    return "\n".join(lines) + "\n"


def _lines(metric: Metric, samples: Iterable[Sample], label: Callable[[str], str]) -> Iterator[str]:
    """Yield a line for each sample; two that read alike when cut are one, as a second would void the whole scrape."""
    written: set[str] = set()
    for sample in samples:
        pairs = zip(metric.labels, sample.values, strict=True)
        labels = ",".join([f'{name}="{label(value)}"' for name, value in pairs])
        series = f"{metric.name}{sample.suffix}{f'{{{labels}}}' if labels else ''}"
        if series not in written:
            written.add(series)
            yield f"{series} {_number(sample.value)}"


def _escaped(text: str) -> str:
    return (
        text[:LONGEST_LABEL]
        .encode(errors="replace")
        .decode()
        .replace("\\", r"\\")
        .replace('"', r"\"")
        .replace("\n", r"\n")
    )


def _number(value: float | Decimal | datetime) -> str:
    if isinstance(value, datetime):
        value = value.timestamp()
    return f"{float(value):.10g}" if abs(float(value)) < 1e8 else f"{float(value):.3f}"
