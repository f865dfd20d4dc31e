"""Prints the public holidays on weekdays of 2026 to 2032 as the library `holidays` of PyPI
knows them: jurisdiction, date and name, with tabs between. holidays.tsv is its output:

    .venv/bin/python shared/datarequest/testdata/public_holidays.py > shared/datarequest/testdata/holidays.tsv
"""

import holidays

PARTS = {"GB": "GB-ENG"}  # GB is England and Wales here
CODES = """AU AU-ACT AU-NSW AU-NT AU-QLD AU-SA AU-TAS AU-VIC AU-WA BR CA DE ES FR GB GB-NIR
GB-SCT IE NZ US US-CA""".split()

for code in CODES:
    country, _, part = PARTS.get(code, code).partition("-")
    days = holidays.country_holidays(country, subdiv=part or None, years=range(2026, 2033))
    for day, name in sorted(days.items()):
        if day.weekday() < 5:
            print(code, day, name, sep="\t")
