"""What reviews would otherwise have to watch for."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "monitor").rglob("*.py"))
CORE = sorted((ROOT / "monitor" / "core").rglob("*.py"))
IMPURE = re.compile(
    r"\bdatetime\.(now|today|utcnow)\(|\bdate\.today\(|(?<![.\w])(open|print|input)\(|\btime\.time\b|\brandom\b|\bsys\."
)
LONGEST = 300


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_reads_no_clock_and_does_no_io(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert [line for line in lines if IMPURE.search(line)] == []


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_values_of_the_core_are_frozen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            marks = [ast.unparse(mark) for mark in node.decorator_list if "dataclass" in ast.unparse(mark)]
            assert all("frozen=True" in mark for mark in marks), node.name


@pytest.mark.parametrize("path", PACKAGE, ids=name)
def test_a_file_is_short_enough_to_be_read_whole(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", PACKAGE, ids=name)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
