"""The pages that benchmarks write into: what stands between the markers of a part is replaced."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
METHOD, README = ROOT / "METHOD.md", ROOT / "README.md"


def write(page: Path, part: str, made: str) -> None:
    """Put what was made between the markers of a part; they must be there once."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    text = page.read_text(encoding="utf-8")
    head, rest = text.split(begin)
    page.write_text(f"{head}{begin}\n\n{made}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")
