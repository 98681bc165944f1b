"""Equations read the way they would be typed."""

import pytest
from lxml import etree

from knowledge.loaders.equations import equation_text

SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def run(words: str) -> str:
    return f"<m:r><m:t>{words}</m:t></m:r>"


def power(base: str, above: str) -> str:
    return f"<m:sSup><m:e>{base}</m:e><m:sup>{above}</m:sup></m:sSup>"


def fraction(above: str, below: str, properties: str = "") -> str:
    return f"<m:f>{properties}<m:num>{above}</m:num><m:den>{below}</m:den></m:f>"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (run("A=πr"), "A=πr"),
        (power(run("r"), run("2")), "r^2"),
        (power(run("e"), run("-x")), "e^(-x)"),
        (power(fraction(run("a+b"), run("c")), run("2")), "((a+b)/c)^2"),
        (fraction(run("n"), run("k"), '<m:fPr><m:type m:val="noBar"/></m:fPr>'), "n choose k"),
        (f"<m:rad><m:deg/><m:e>{run('x')}</m:e></m:rad>", "sqrt(x)"),
        (f"<m:rad><m:deg>{run('3')}</m:deg><m:e>{run('x')}</m:e></m:rad>", "root(3, x)"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{run("n=1")}</m:sub><m:sup>{run("m")}</m:sup>'
            f"<m:e>{run('x')}</m:e></m:nary>",
            "∑_(n=1)^m x",
        ),
        (f"<m:d><m:e>{run('a+b')}</m:e></m:d>", "(a+b)"),
        (f"<m:func><m:fName>{run('log')}</m:fName><m:e>{run('x')}</m:e></m:func>", "log x"),
        (f"<m:m><m:mr><m:e>{run('1')}</m:e><m:e>{run('0')}</m:e></m:mr></m:m>", "[1, 0]"),
    ],
)
def test_an_equation_reads_as_it_would_be_typed(written, expected):
    assert equation_text(etree.fromstring(f'<m:oMath xmlns:m="{SPACE}">{written}</m:oMath>')) == expected
