"""Works out dates.txt without the package that it tests: with the standard library, and with
the public holidays of the library `holidays` of PyPI.

    .venv/bin/python shared/datarequest/testdata/dates.py > shared/datarequest/testdata/dates.txt

It reads requests.txt: rule, type, zone, jurisdiction, received, and why the row is there.
"""

import calendar
import datetime
import os
import zoneinfo

import holidays

HERE = os.path.dirname(__file__)
DAY = datetime.timedelta(days=1)
STATES = ["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"]

# What the source says in other words, then the numbers: confirm, answer, extended. A number
# is days; "b" is business days, "m" months, "r" rolls to a working day.
MONTH = ("one month from receipt, two more if complex or many; a last day off moves on", None, "1mr", "3mr")
US = ("45 days from receipt, 45 more if complex or many", None, "45", "90")
ACCESS = ["access", "access-categories", "access-specific"]
RULES = {}


def rule(names, types, *what):
    for name in names.split():
        for kind in types if isinstance(types, list) else types.split():
            RULES[name, kind] = what


rule("gdpr uk-gdpr", ACCESS + "portability erasure rectification restriction objection opt-out-of-sale limit-sensitive-use".split(), *MONTH)
rule("uk-gdpr", "complaint", "receipt confirmed within 30 days, beginning when it was received; the day of receipt is out, a last day off moves on; answered without undue delay", "30r", None, None)
rule("ccpa", ACCESS + "portability erasure rectification".split(), "confirm within 10 business days; answer within 45 calendar days, 90 in all if extended", "10b", "45", "90")
rule("ccpa", "opt-out-of-sale limit-sensitive-use", "as soon as feasible, at most 15 business days from receipt", None, "15b", None)
STATE_RULES = "us-co us-ct us-de us-fl us-ia us-in us-ky us-la us-md us-mn us-mt us-ne us-nh us-nj us-ok us-or us-ri us-tn us-tx us-ut us-va"
rule(STATE_RULES, ACCESS + "portability erasure rectification opt-out-of-sale".split(), *US)
rule("us-fl", ACCESS + "portability erasure rectification opt-out-of-sale".split(), "45 days from receipt, 15 more", None, "45", "60")
rule("us-ia", ACCESS + "portability erasure opt-out-of-sale".split(), "90 days from receipt, 45 more", None, "90", "135")
rule(STATE_RULES, "appeal", "an appeal is answered within 60 days of receipt", None, "60", None)
rule("us-or us-nj", "appeal", "an appeal is answered within 45 days of receipt", None, "45", None)
rule("us-co us-mn", "appeal", "an appeal is answered within 45 days, 60 more", None, "45", "105")
STOP = "once consent is revoked, processing ends as soon as practicable, at most {} days after"
rule("us-ct us-de us-mn us-nh us-nj us-or us-ri", "withdrawal-of-consent", STOP.format(15), None, "15", None)
rule("us-md", "withdrawal-of-consent", STOP.format(30), None, "30", None)
rule("us-mt", "withdrawal-of-consent", STOP.format(45), None, "45", None)
rule("lgpd", ACCESS + "portability erasure rectification restriction objection opt-out-of-sale limit-sensitive-use".split(), "a full statement within 15 days of the request", None, "15", None)
rule("pipeda", ACCESS + "rectification erasure objection restriction portability opt-out-of-sale limit-sensitive-use".split(), "30 days from receipt, 30 more", None, "30", "60")
rule("quebec", ACCESS + "rectification portability erasure restriction objection opt-out-of-sale limit-sensitive-use".split(), "30 days from receipt", None, "30", None)
rule("kr-pipa", ACCESS + "erasure rectification restriction objection".split(), "10 days from receipt", None, "10", None)
rule("kr-pipa", "portability", "without delay: no days are named, and none are invented", None, None, None)
rule("au-cdr", "objection", "a consent withdrawn in writing ends within 2 business days", None, "2b", None)
rule("nz", ACCESS + ["rectification"], "20 working days after the day of receipt; none from 25 December to 15 January", None, "20b", None)
rule("ch", ACCESS + ["portability"], "30 days from receipt", None, "30", None)
rule("in-dpdp", "grievance", "at most 90 days, from 13 May 2027", None, "90", None)
FROM = {("uk-gdpr", "complaint"): "2026-06-19", ("in-dpdp", "grievance"): "2027-05-13"}
FROM |= {key: "2027-01-01" for key in RULES if key[0] in ("us-ok", "us-la")}


def library(country, part=None):
    return holidays.country_holidays(country, subdiv=part, years=range(2025, 2034))


def off(code):
    """The weekdays off in a jurisdiction, after the differences that are explained."""
    country, _, part = {"GB": "GB-ENG"}.get(code, code).partition("-")
    if code == "AU":  # what all states share
        days = dict(library("AU", "WA"))
        for state in STATES:
            other = library("AU", state)
            days = {day: name for day, name in days.items() if day in other}
        return days
    days = dict(library(country, part or None))
    wrong = {
        "AU-QLD": lambda day, name: "Royal Queensland" in name,
        "AU-VIC": lambda day, name: "AFL" in name,
        "CA": lambda day, name: "observed" in name,
        "US-CA": lambda day, name: any(n in name for n in ("Juneteenth", "After Thanksgiving", "Diwali"))
        or name == "Susan B. Anthony Day"
        or "observed" in name and day.weekday() == 4 and day.month != 11,
    }.get(code, lambda day, name: False)
    days = {day: name for day, name in days.items() if not wrong(day, name)}
    if code == "NZ":
        for year in range(2025, 2034):
            day = datetime.date(year, 12, 25)
            while day <= datetime.date(year + 1, 1, 15):
                days[day], day = "summer", day + DAY
    return days


def count(term, start, closed):
    """The end of a term, and how it was counted."""
    if term is None:
        return "-", ""
    number = int(term.rstrip("bmr"))
    if "b" in term:
        day, left, skipped = start, number, []
        while left:
            day += DAY
            if day.weekday() < 5 and day not in closed:
                left -= 1
            elif day.weekday() < 5:
                skipped.append(f"{day:%d %b}")
        return str(day), f"{number} business days, off are {', '.join(skipped) or 'weekends only'}: {day:%a %d %b}"
    if "m" in term:
        year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
        day = datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
        how = f"{number} months: {day:%a %d %b}"
    else:
        day = start + number * DAY
        how = f"{number} days: {day:%a %d %b}"
    if "r" in term:
        first = day
        while day.weekday() > 4 or day in closed:
            day += DAY
        if day != first:
            how += f", moved to {day:%a %d %b}"
    return str(day), how


print("# When a request is to be confirmed, answered, and answered once extended; of a withdrawal of")
print("# consent, when processing ends. Made by dates.py of requests.txt, without this package.")
print("# rule type zone holidays received confirm answer extended | what the source says | the arithmetic")
for line in open(os.path.join(HERE, "requests.txt"), encoding="utf-8"):
    if line.startswith("#"):
        continue
    name, kind, zone, code, received, why = line.strip().split(maxsplit=5)
    says, *terms = RULES[name, kind]
    at = datetime.datetime.fromisoformat(received.replace("Z", "+00:00"))
    start = at.astimezone(zoneinfo.ZoneInfo(zone)).date()
    if str(start) < FROM.get((name, kind), ""):
        terms, says = [None] * 3, says + "; not in force yet"
    closed = {} if code == "-" else off(code)
    ends = [count(term, start, closed) for term in terms]
    how = "; ".join(h for _, h in ends if h) or "no date"
    print(name, kind, zone, code, received, *(d for d, _ in ends), "|", says, "|", f"{start:%a %d %b}; {how} ({why})")
