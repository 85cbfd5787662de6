#!/usr/bin/env python3
"""Writes holidays.textproto: the days on which China's offices differ from the week, 2020 to 2026.

    pip install chinesecalendar==1.11.0      # MIT; needed here only, never at run time
    python3 make_holidays.py                 # writes;  --check: says whether the file is what it would write

A new year: a newer pinned version of the package, one more notice below.
"""
import datetime
import pathlib
import sys

from chinese_calendar import constants

# Of the General Office of the State Council, by year.
NOTICES = {
    2020: "国办发明电〔2019〕16号、〔2020〕1号",
    2021: "国办发明电〔2020〕27号",
    2022: "国办发明电〔2021〕11号",
    2023: "国办发明电〔2022〕16号",
    2024: "国办发明电〔2023〕7号",
    2025: "国办发明电〔2024〕12号",
    2026: "国办发明电〔2025〕7号",
}
HEAD = """# proto-file: shouwang/type/v1/parameter.proto
# proto-message: SetCalendarDaysRequest
#
# Days that differ from the week: holidays on weekdays, and weekend days worked instead (调休). Made by make_holidays.py; see SOURCE.md.
"""


def lines():
    for year, notice in NOTICES.items():
        day = datetime.date(year, 1, 1)
        while day.year == year:
            weekend = day.weekday() >= 5
            if weekend and day in constants.workdays:
                yield f'days {{ day: "{day}" working: true source: "{notice}" }}\n'
            if not weekend and day in constants.holidays:
                yield f'days {{ day: "{day}" working: false source: "{notice}" }}\n'
            day += datetime.timedelta(days=1)


def main():
    path = pathlib.Path(__file__).with_name("holidays.textproto")
    text = HEAD + "\n" + "".join(lines())
    if "--check" in sys.argv:
        sys.exit(0 if path.read_text(encoding="utf-8") == text else "holidays.textproto is not what make_holidays.py writes")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
