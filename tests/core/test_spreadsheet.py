import pytest

from monitor.core.spreadsheet import cell


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-1.5e", "-"])
def test_what_a_spreadsheet_would_work_out_is_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "gpt-4.1", "a=b", "-1.5", "+3", "-0.000000001"])
def test_a_name_and_a_number_stay_as_they_are(text: str) -> None:
    assert cell(text) == text
