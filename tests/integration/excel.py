#!/usr/bin/env python3
"""Files as a spreadsheet saves them, from rows of the demo's registry. Usage: excel.py REGISTRY_CSV DAY FOLDER STAMP

excel-utf8.csv: byte order mark, CRLF, quoted cells with line breaks, commas and doubled quotes, empty lines of separators at the end.
excel-gb18030.csv: other rows in GB18030, as "CSV (comma delimited)" gives on a Chinese machine, with a character beyond GBK.
STAMP makes the visits of a run its own. people.txt: identity numbers of more persons, one a line, for other checks. Each CSV has four rows; the last one is wrong (checksum).
"""

import csv
import os
import sys

HEADER = ["身份证号", "就诊号", "结算日期", "就诊类别", "医院", "总费用(元)", "个人自付(元)"]


def wrong_checksum(identity):
    return identity[:-1] + ("1" if identity[-1] != "1" else "2")


def rows(people, day, prefix):
    hospitals = ['贵溪市\n人民医院', '第一医院,东院', '"仁爱"医院㐀', "中医院"]
    for i, hospital in enumerate(hospitals):
        identity = people[i] if i < 3 else wrong_checksum(people[i])
        yield [identity, f"{prefix}-{i}", day.replace("-", "/") if i == 1 else day, "门诊及慢特病", hospital, "1234.50" if i == 0 else "88", "20.5"]


def write(path, encoding, lines):
    with open(path, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        writer.writerows(lines)
        file.write("," * (len(HEADER) - 1) + "\r\n")


def main():
    registry, day, folder, stamp = sys.argv[1:]
    with open(registry, encoding="utf-8-sig", newline="") as file:
        members = [r for r in csv.DictReader(file) if len(r["身份证号"]) == 18 and not r["已迁出或死亡"].strip("否") and not r["修订号"]]
    # One a household, so that no two rows meet; the simulator's own broken numbers are sorted out by their checksum.
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    people = list({r["户编号"]: r["身份证号"] for r in members if r["身份证号"][:17].isdigit() and
                   "10X98765432"[sum(int(c) * w for c, w in zip(r["身份证号"], weights)) % 11] == r["身份证号"][17]}.values())
    assert len(people) > 100, len(people)
    write(os.path.join(folder, "excel-utf8.csv"), "utf-8-sig", rows(people[40:44], day, "UTF8-" + stamp))
    write(os.path.join(folder, "excel-gb18030.csv"), "gb18030", rows(people[50:54], day, "GB-" + stamp))
    with open(os.path.join(folder, "people.txt"), "w", encoding="ascii") as file:
        file.write("".join(p + "\n" for p in people[60:100]))


if __name__ == "__main__":
    main()
