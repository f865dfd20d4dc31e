"""Cuts the Go fonts to Windows-1252 and an arrow; README.md says how to run it.

    python cut.py FONTS MAPS OUT

FONTS is the folder of the Go fonts, MAPS that of the PDF library's encodings. OUT gets
regular.ttf, bold.ttf, and the encodings cp1252.map and receipt.map.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

ARROW, ARROW_AT = 0x2192, 0x81  # where Windows-1252 has nothing

fonts, maps, out = (pathlib.Path(a) for a in sys.argv[1:])
characters = {ARROW}
for byte in range(0x20, 0x100):
    characters.update(ord(c) for c in bytes([byte]).decode("cp1252", "ignore"))

for name in ("Regular", "Bold"):
    font = TTFont(fonts / f"Go-{name}.ttf", recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=[], name_IDs="*", glyph_names=True, notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    for table in font["cmap"].tables:
        # The hyphen of the Go fonts is as wide as a minus; their soft hyphen is not.
        if 0xAD in table.cmap:
            table.cmap[0x2D] = table.cmap[0xAD]
    font.save(out / f"{name.lower()}.ttf")

lines = (maps / "cp1252.map").read_text().splitlines()
(out / "cp1252.map").write_text("\n".join(lines) + "\n")
at = next(i for i, line in enumerate(lines) if line > f"!{ARROW_AT:02X}")
lines.insert(at, f"!{ARROW_AT:02X} U+{ARROW:04X} arrowright")
(out / "receipt.map").write_text("\n".join(lines) + "\n")
