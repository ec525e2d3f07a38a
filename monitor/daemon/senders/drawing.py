"""Draws a picture as a small PNG, on a ground of its own: it is read on dark and on light screens alike.

`PIL` is imported inside the functions: it takes 10 MiB, and few need it.
"""

import io
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING

from monitor.core.budgets import Severity
from monitor.core.picture import Line, Picture

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

WIDTH, HEIGHT, EDGE = 640, 320, 16
TOP, BOTTOM = 76, 286
# Of a bar's room, and what a limit has above it.
FILLED, HEADROOM = 0.8, Decimal("1.08")
GROUND, INK, PALE, RULE = "#ffffff", "#1c2430", "#5b6675", "#d5dbe3"
BAR, RUNNING, GAP, MARK = "#3b6fd4", "#8fb0ee", "#e6dcf5", "#b3261e"
LEVELS = {Severity.WARNING: "#b7791f", Severity.CRITICAL: "#c2410c", Severity.EMERGENCY: "#b3261e"}
# What labels of lines need at the right, and from the one above.
LABELS, LABEL_HEIGHT = 66, 13


def can_draw() -> bool:
    """Tell whether what draws is installed."""
    return find_spec("PIL") is not None


def png(picture: Picture) -> bytes:
    """Return the picture as PNG, 640 by 320."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(17), ImageFont.load_default(13)
    draw.text((EDGE, EDGE - 4), _clipped(picture.title, large), font=large, fill=INK)
    gaps = "; violet is not known" if None in picture.bars else ""
    draw.text((EDGE, EDGE + 22), _clipped(picture.caption + gaps, small), font=small, fill=PALE)
    heights = [bar for bar in picture.bars if bar is not None] + [line.amount * HEADROOM for line in picture.lines]
    top = max(heights, default=Decimal(0)) or Decimal(1)
    right = WIDTH - EDGE - (LABELS if picture.lines else 0)
    _bars(draw, picture, top, right)
    _lines(draw, picture.lines, top, right, small)
    draw.line((EDGE, BOTTOM, right, BOTTOM), fill=RULE)
    draw.text((EDGE, BOTTOM + 8), picture.first, font=small, fill=PALE)
    draw.text((right, BOTTOM + 8), picture.last, font=small, fill=PALE, anchor="ra")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _bars(draw: "ImageDraw", picture: Picture, top: Decimal, right: float) -> None:
    step = (right - EDGE) / picture.cells
    for index, bar in enumerate(picture.bars):
        left = EDGE + step * index
        if bar is None:
            draw.rectangle((left, TOP, left + step, BOTTOM), fill=GAP)
        elif bar:
            colour = RUNNING if index == len(picture.bars) - 1 else BAR
            # A cost too small to be seen is still a line, as it is not nothing.
            draw.rectangle((left, min(_y(bar, top), BOTTOM - 2), left + step * FILLED, BOTTOM), fill=colour)
    if picture.mark is not None:
        middle = EDGE + step * (picture.mark + FILLED / 2)
        draw.line((middle, TOP, middle, BOTTOM), fill=MARK, width=2)
        draw.polygon(((middle - 6, TOP - 7), (middle + 6, TOP - 7), (middle, TOP + 3)), fill=MARK)


def _lines(
    draw: "ImageDraw", lines: tuple[Line, ...], top: Decimal, right: float, font: "FreeTypeFont | ImageFont"
) -> None:
    """Draw each line, and its label where there is room below the one before."""
    last = 0.0
    for line in sorted(lines, key=lambda line: -line.amount):
        y, colour = _y(line.amount, top), LEVELS[line.severity]
        draw.line((EDGE, y, right, y), fill=colour)
        if y - last >= LABEL_HEIGHT:
            draw.text((right + 6, y), line.label, font=font, fill=colour, anchor="lm")
            last = y


def _y(amount: Decimal, top: Decimal) -> float:
    return BOTTOM - float(amount / top) * (BOTTOM - TOP)


def _clipped(text: str, font: "FreeTypeFont | ImageFont") -> str:
    """Return the text in one line, without what cannot be shown, and cut where it is too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    while len(line) > 1 and font.getlength(line) > WIDTH - 2 * EDGE:
        line = f"{line.removesuffix('…')[:-1]}…"
    return line
