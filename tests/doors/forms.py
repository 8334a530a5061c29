"""Forms of others, accepted and rejected as by the reference converter.

Usage: forms.py ANCU_SERVER FOLDER

Every workbook below FOLDER is converted by pyxform with ODK Validate (a Java program that pyxform brings), and checked by
`ancu-server template check FILE --json`. Each form that we accept is written as an XForm by `ancu-server template export`
and judged by ODK Validate. Then each form that both accept is changed in small ways, each of which an author could make by
mistake, and both are asked again. Prints the scores and every difference; ends with status 1 if one is below 95 %.
"""

import csv
import json
import logging
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings

from pyxform.validators.odk_validate import ODKValidateError, check_xform
from pyxform.xls2json_backends import get_xlsform
from pyxform.xls2xform import convert

WANTED = 0.95
CHANGES_PER_FORM = 12
SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def ours(server, path):
    """(accepted, what is said)."""
    run = subprocess.run([server, "template", "check", str(path), "--json"], capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1) or not run.stdout:
        raise SystemExit(f"{path}: ancu-server ended with {run.returncode}: {run.stderr}")
    report = json.loads(run.stdout)
    if report["accepted"] != (run.returncode == 0):
        raise SystemExit(f"{path}: the report and the exit status contradict each other")
    said = [f"{f.get('sheet') or ''} {f.get('row') or ''} {f.get('column') or ''}: {f['en']}" for f in report["findings"]]
    return report["accepted"], "; ".join(said[:3])


def theirs(path, validate):
    """(accepted, what is said)."""
    try:
        convert(str(path), validate=validate)
        return True, ""
    except Exception as error:  # its own errors and its accidents: both are a form that it does not convert
        return False, f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


ROWS = {"same": 0, "named": 0}


def compare(server, path, validate=True):
    mine, said = ours(server, path)
    reference, reason = theirs(path, validate)
    named = re.search(r"\[row : (\d+)\]", reason)
    if not mine and not reference and named:
        ROWS["named"] += 1
        ROWS["same"] += any(f" {named[1]} " in part for part in said.split(";"))
    if mine == reference:
        return True, ""
    verdict = "accept" if mine else "reject"
    return False, f"we {verdict}: {said or 'nothing wrong'}\n      they: {reason or 'nothing wrong'}"


def exported(server, path):
    """What is wrong with our XForm, or nothing."""
    run = subprocess.run([server, "template", "export", str(path)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return f"ancu-server ended with {run.returncode}: {run.stderr}"
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(run.stdout)
        file.flush()
        try:
            check_xform(file.name)
        except ODKValidateError as error:
            return " ".join(str(error).split())[:300]
    return ""


def sheets(path):
    """A workbook as lists of rows, headings first."""
    data = get_xlsform(xlsform=str(path))
    found = {}
    for name in SHEETS:
        rows, header = getattr(data, name), getattr(data, f"{name}_header")
        if rows is not None and header:
            columns = list(header[0])
            found[name] = [columns, *[[row.get(column) or "" for column in columns] for row in rows]]
    return found


def write(path, found):
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        for name, rows in found.items():
            out.writerow([name])
            # An empty row would end nothing, but would not be written either: keep the rows' numbers.
            out.writerows([["", *row] for row in rows])


def change(found, chance):
    """One mistake; what it is, in words."""
    name = chance.choice([sheet for sheet in ("survey", "survey", "survey", "choices") if sheet in found])
    rows = found[name]
    filled = [(y, x) for y in range(1, len(rows)) for x in range(len(rows[y])) if rows[y][x]]
    if not filled:
        return None
    y, x = chance.choice(filled)
    cell, heading = rows[y][x], rows[0][x]
    kind = chance.choice(["empty", "again", "spell", "drop", "reference", "brace", "digit", "case", "swap", "heading"])
    if kind == "empty":
        rows[y][x] = ""
    elif kind == "again":
        rows.insert(y, list(rows[y]))
    elif kind == "spell":
        at = chance.randrange(len(cell))
        rows[y][x] = cell[:at] + cell[at + 1 :]
    elif kind == "drop":
        del rows[y]
    elif kind == "reference":
        rows[y][x] = cell + " ${no_such_question}"
    elif kind == "brace":
        rows[y][x] = cell + " ${"
    elif kind == "digit":
        rows[y][x] = "1" + cell
    elif kind == "case":
        rows[y][x] = cell.swapcase()
    elif kind == "swap":
        other = chance.randrange(1, len(rows))
        rows[y], rows[other] = rows[other], rows[y]
    else:
        del rows[0][x]
        for row in rows[1:]:
            del row[x]
    return f"{kind}, {name} row {y + 1}, {heading}"


def main(server, folder):
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".xls", ".xlsx", ".xlsm", ".csv"))
    good = []
    same = written = valid = 0
    for path in paths:
        if ours(server, path)[0]:
            written += 1
            wrong = exported(server, path)
            valid += not wrong
            if wrong:
                print(f"  ✗ {path.name} as an XForm\n      {wrong}")
        agrees, difference = compare(server, path)
        same += agrees
        if not agrees:
            print(f"  ✗ {path.name}\n      {difference}")
        elif ours(server, path)[0]:
            good.append(path)
    print(f"  forms: {same} of {len(paths)} judged as pyxform with ODK Validate does ({same / len(paths):.1%})")

    print(f"  exports: {valid} of {written} XForms accepted by ODK Validate ({valid / max(written, 1):.1%})")

    chance = random.Random(122)
    changed = changed_same = 0
    with tempfile.TemporaryDirectory() as temporary:
        for path in good:
            original = sheets(path)
            if not original.get("survey"):
                continue
            for number in range(CHANGES_PER_FORM):
                found = {name: [list(row) for row in rows] for name, rows in original.items()}
                what = change(found, chance)
                if what is None:
                    continue
                copy = pathlib.Path(temporary) / f"{path.stem}-{number}.csv"
                write(copy, found)
                mine, _ = ours(server, copy)
                # Validate takes a second each time: it is asked where the converter alone would accept what we reject.
                agrees, difference = compare(server, copy, validate=False)
                if not agrees and not mine:
                    agrees, difference = compare(server, copy, validate=True)
                changed += 1
                changed_same += agrees
                if not agrees:
                    print(f"  ✗ {path.name} with a mistake ({what})\n      {difference}")
    print(f"  forms with a mistake: {changed_same} of {changed} judged alike ({changed_same / max(changed, 1):.1%})")
    print(f"  rows: where they name the row of a fault, we name it too: {ROWS['same']} of {ROWS['named']}")
    scores = (same / len(paths), valid / max(written, 1), changed_same / max(changed, 1))
    return 0 if min(scores) >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
