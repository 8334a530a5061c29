#!/usr/bin/env python3
"""Makes the data that the server ships from the domain pack: the checklist templates and Hà Nội's units.

Reads the folder that ANCU_SHARED names (default: `shared` beside the project) and writes sync-server/data. The same pack
gives the same bytes. With --check nothing is written; exit status 1 says that a shipped file differs.
"""

import json
import os
import re
import sys
import unicodedata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ANCU_SHARED", PROJECT.parent / "shared"))
DATA = PROJECT / "sync-server" / "data"

NOTICE = {
    "DRAFT — compiled for software seeding; not an official police form. Wording and thresholds must be confirmed by "
    "PC07 before use.": "BẢN DỰ THẢO — biên soạn để nạp vào phần mềm; không phải biểu mẫu chính thức của cơ quan Công an. "
    "Câu chữ và ngưỡng số phải được Phòng PC07 xác nhận trước khi sử dụng."
}

UNITS = {
    "m": ("m", "m"),
    "m³": ("m³", "m³"),
    "kg": ("kg", "kg"),
    "tầng": ("tầng", "storeys"),
    "căn": ("căn", "units"),
    "người": ("người", "people"),
    "lối": ("lối", "exits"),
    "thang": ("thang", "stairs"),
    "xe": ("xe", "vehicles"),
    "bình": ("bình", "extinguishers"),
}
COUNTED = {"tầng", "căn", "người", "lối", "thang", "xe", "bình"}

OPTIONS = {
    "xe_thang": ("Xe thang", "Ladder truck"),
    "xe_chua_chay_lon": ("Xe chữa cháy loại lớn", "Large fire engine"),
    "xe_chua_chay_nho": ("Xe chữa cháy loại nhỏ", "Small fire engine"),
    "xe_may_chua_chay": ("Xe máy chữa cháy", "Fire motorcycle"),
    "chi_di_bo": ("Chỉ đi bộ vào được", "On foot only"),
    "be_tong_cot_thep": ("Bê tông cốt thép", "Reinforced concrete"),
    "gach_chiu_luc": ("Gạch chịu lực", "Load-bearing brick"),
    "thep_khong_boc": ("Thép không bọc bảo vệ", "Unprotected steel"),
    "thep_co_boc": ("Thép có bọc bảo vệ", "Protected steel"),
    "go": ("Gỗ", "Timber"),
    "khac": ("Khác", "Other"),
    "bat_buoc": ("Bắt buộc", "Required"),
    "cho_phep_thiet_bi_doc_lap": ("Được dùng thiết bị báo cháy độc lập", "Stand-alone detectors allowed"),
    "khong_bat_buoc": ("Không bắt buộc", "Not required"),
    "chua_xac_dinh": ("Chưa xác định", "Not determined yet"),
    "ao_ho": ("Ao, hồ", "Pond or lake"),
    "be_nuoc": ("Bể nước", "Water tank"),
    "ben_lay_nuoc": ("Bến lấy nước", "Water intake point"),
    "song_kenh": ("Sông, kênh", "River or canal"),
    "khong_co": ("Không có", "None"),
    "co": ("Có", "Yes"),
    "khong": ("Không", "No"),
    "khong_thuoc_dien": ("Không thuộc diện", "Not applicable"),
}

# Enough to tell one house from the next in a lane.
MAX_ACCURACY_M = 20.0


def words(vi, en):
    return {"vi": vi, "en": en}


def verified(confidence):
    """The legal text itself was read: not a digest of it, not general knowledge."""
    return confidence.startswith("verified: ")


def read(name):
    return json.loads((SHARED / "domain" / name).read_text("utf-8"))


def order(code):
    letters, number = re.fullmatch(r"([A-Z]+)-(\d+)", code).groups()
    return letters, int(number)


def threshold(given):
    if given is None:
        return None
    comparison = {">=": "at_least", "<=": "at_most"}[given["op"]]
    return {"comparison": comparison, "value": float(given["value"]), "verified": verified(given["conf"])}


def input_of(item, measures):
    kind = item["answer_type"]
    if kind == "pass_fail_na":
        return {"type": "verdict"}
    if kind == "number":
        measure = measures[item["measure"]]
        return {
            "type": "number",
            "unit": words(*UNITS[measure["unit"]]),
            "min": float(measure["sanity_min"]),
            "max": float(measure["sanity_max"]),
            "whole": measure["unit"] in COUNTED,
            "threshold": threshold(item.get("threshold")),
        }
    if kind == "choice":
        return {"type": "choice", "options": [{"code": code, "label": words(*OPTIONS[code])} for code in item["options"]]}
    if kind == "geo":
        return {"type": "geo", "max_accuracy_m": MAX_ACCURACY_M}
    return {"type": {"record": "text", "text": "text", "date": "date"}[kind]}


def item_of(item, survey, measures):
    return {
        "code": item["code"],
        "survey": survey,
        "title": words(item["vi"], item["en"]),
        "input": input_of(item, measures),
        "severity": item["severity"],
        "photo": {"always": "always", "on_fail": "on_fail", "none": "optional"}[item["photo"]],
        "required": not survey or item["answer_type"] == "geo",
        "remedy": words(item["remedy_vi"], item["remedy_en"]),
        "citations": item["legal_basis"],
    }


def template(source):
    given = read(source)
    measures = {measure["code"]: measure for measure in read("measurements.json")["measurements"]}
    items = [item_of(item, False, measures) for item in given["checks"]]
    items += [item_of(item, True, measures) for item in given["survey"]]
    items.sort(key=lambda item: order(item["code"]))
    groups = [
        {
            "code": group["code"],
            "title": words(group["vi"], group["en"]),
            "items": [item for item in items if order(item["code"])[0] == group["code"]],
        }
        for group in given["groups"]
    ]
    cited = {citation for item in items for citation in item["citations"]}
    citations = [
        {
            "id": it["id"],
            "document": it["document"],
            "locator": it["locator"],
            "gist": words(it["gist_vi"], it["gist_en"]),
            "valid_from": it["valid_from"] or None,
            "valid_to": it["valid_to"] or None,
            "verified": verified(it["confidence"]),
        }
        for it in read("legal_citations.json")["citations"]
        if it["id"] in cited
    ]
    assert {it["id"] for it in citations} == cited, cited - {it["id"] for it in citations}
    assert sum(len(group["items"]) for group in groups) == given["checks_count"] + given["survey_count"]
    return {
        "schema": 1,
        "code": given["template"],
        "version": given["version"],
        "title": words(given["title_vi"], given["title_en"]),
        "notice": words(NOTICE[given["status"]], given["status"]),
        "groups": groups,
        "citations": citations,
    }


def nfc(text):
    return unicodedata.normalize("NFC", text)


def files():
    """Every shipped file and its content."""
    made = template("checklist_mini_apartment.json")
    name = f"{made['code']}-{made['version']}.json"
    yield DATA / "templates" / name, nfc(json.dumps(made, ensure_ascii=False, indent=1)) + "\n"
    for name in ["hanoi_units.csv", "hanoi_unit_events.csv"]:
        text = (SHARED / "data" / "units" / name).read_bytes().decode("utf-8")
        yield DATA / "units" / name, nfc(text.replace("\r\n", "\n"))


def main():
    if not (SHARED / "domain").is_dir():
        sys.exit("domain pack not found: name its folder in ANCU_SHARED")
    differing = 0
    for path, content in files():
        if path.exists() and path.read_text("utf-8") == content:
            continue
        differing += 1
        print(f"{path.relative_to(PROJECT)} {'differs' if '--check' in sys.argv else 'written'}")
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
    return 1 if differing and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
