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
RULES = PROJECT / "shared" / "data" / "regimes.json"

NOTICE = {
    "DRAFT — compiled for software seeding; not an official police form. Wording and thresholds must be confirmed by "
    "PC07 before use.": "BẢN DỰ THẢO — biên soạn để nạp vào phần mềm; không phải biểu mẫu chính thức của cơ quan Công an. "
    "Câu chữ và ngưỡng số phải được Phòng PC07 xác nhận trước khi sử dụng.",
    "DRAFT, plain-language wording for chủ hộ; non-punitive: results must not feed sanctions automatically "
    "(recommendation).": "BẢN DỰ THẢO — viết bằng lời dễ hiểu cho chủ hộ; không nhằm xử phạt: kết quả không được tự động dùng "
    "làm căn cứ xử phạt (khuyến nghị).",
}

# The pack says it in its status only: what the household finds out is advice.
ADVISORY = {"household_self"}

UNITS = {
    "m": ("m", "m"),
    "m²": ("m²", "m²"),
    "m³": ("m³", "m³"),
    "m²/người": ("m²/người", "m² a person"),
    "kg": ("kg", "kg"),
    "tầng": ("tầng", "storeys"),
    "căn": ("căn", "units"),
    "người": ("người", "people"),
    "lối": ("lối", "exits"),
    "thang": ("thang", "stairs"),
    "xe": ("xe", "vehicles"),
    "bình": ("bình", "extinguishers"),
    "khóa": ("khóa", "locks"),
    "giây": ("giây", "seconds"),
    "năm": ("năm", "year"),
    "lít": ("lít", "litres"),
}
COUNTED = {"tầng", "căn", "người", "lối", "thang", "xe", "bình", "khóa", "giây", "năm"}

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
    "tap_hoa": ("Tạp hóa", "Groceries"),
    "quan_ao_vai": ("Quần áo, vải", "Clothes, fabric"),
    "dien_may": ("Điện máy", "Electrical goods"),
    "go_noi_that": ("Gỗ, nội thất", "Timber, furniture"),
    "son_hoa_chat": ("Sơn, hóa chất", "Paint, chemicals"),
    "gas_xang_dau": ("Gas, xăng dầu", "Gas, petrol, oil"),
    "an_uong": ("Ăn uống", "Food and drink"),
    "sua_chua_xe": ("Sửa chữa xe", "Vehicle repair"),
    "may_mac": ("May mặc", "Garment making"),
    "giay_nhua": ("Giấy, nhựa", "Paper, plastics"),
    "van_phong": ("Văn phòng", "Office"),
    "gas_binh": ("Gas bình", "Bottled gas"),
    "gas_ong": ("Gas đường ống", "Piped gas"),
    "dien_tu": ("Bếp điện, bếp từ", "Electric or induction cooker"),
    "than_cui": ("Than, củi", "Charcoal or wood"),
    "con": ("Cồn", "Alcohol"),
    "kinh_doanh": ("Kinh doanh", "Business"),
    "san_xuat": ("Sản xuất", "Production"),
    "kho": ("Làm kho", "Storage"),
}

CHECKLISTS = ["mini_apartment", "boarding_house", "house_with_business", "household_self"]

PHOTOS = {
    "always": "always",
    "on_fail": "on_fail",
    "suggested": "suggested",
    "none": "optional",
    "optional": "optional",
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
    letters, number = re.fullmatch(r"(?:HS-)?([A-Z]+)-(\d+)", code).groups()
    return letters, int(number)


def threshold(given):
    if given is None:
        return None
    comparison = {">=": "at_least", "<=": "at_most"}[given["op"]]
    return {"comparison": comparison, "value": float(given["value"]), "verified": verified(given["conf"])}


def choice_of(item, answers):
    """Answers in words; one against the good answer is a shortcoming, not knowing is none."""
    options = [{"code": code, "label": words(vi, en)} for code, vi, en in answers[item["answer_type"]]]
    failing = [code for code in ["yes", "no"] if item["good_answer"] not in (None, code)]
    return {"type": "choice", "options": options, **({"failing": failing} if failing else {})}


def input_of(item, measures, answers):
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
    if kind == "yes_no_unsure":
        return choice_of(item, answers)
    if kind == "geo":
        return {"type": "geo", "max_accuracy_m": MAX_ACCURACY_M}
    # Several numbers in one answer are written down as they are said.
    return {"type": {"record": "text", "number_set": "text", "text": "text", "date": "date"}[kind]}


def item_of(item, survey, measures, answers):
    # "Not sure" and "not applicable" answer anything; a household's numbers and days need not be known.
    asked = item["answer_type"] in {"yes_no_unsure", "geo"} if "good_answer" in item else not survey
    return {
        "code": item["code"],
        "survey": survey,
        "title": words(item["vi"], item["en"]),
        "input": input_of(item, measures, answers),
        "severity": item["severity"],
        "photo": PHOTOS[item["photo"]],
        "required": asked or item["answer_type"] == "geo",
        "remedy": words(item["remedy_vi"], item["remedy_en"]),
        "citations": item["legal_basis"],
    }


def template(source):
    given = read(source)
    measures = {measure["code"]: measure for measure in read("measurements.json")["measurements"]}
    answers, advisory = given["answers"], given["template"] in ADVISORY
    # Of a household's own questions, those without a good answer only ask how it is.
    items = [item_of(item, item.get("good_answer", "") is None, measures, answers) for item in given["checks"]]
    items += [item_of(item, True, measures, answers) for item in given.get("survey", [])]
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
    assert sum(len(group["items"]) for group in groups) == given["checks_count"] + given.get("survey_count", 0)
    return {
        # Version 1 knew no advice.
        "schema": 2 if advisory else 1,
        "code": given["template"],
        "version": given["version"],
        "title": words(given["title_vi"], given["title_en"]),
        "notice": words(NOTICE[given["status"]], given["status"]),
        **({"advisory": True} if advisory else {}),
        "groups": groups,
        "citations": citations,
    }


POLICE = ("Cơ quan Công an", "Police")
COMMUNE = ("UBND cấp xã", "Commune People's Committee")
BY_SCOPE = ("Cơ quan Công an hoặc cơ quan chuyên môn về xây dựng, theo phạm vi", "Police or construction agency, by scope")
OLD_LAW = (
    "Luật PCCC 27/2001/QH10 (sđ 40/2013/QH13)",
    "Law on fire prevention and fighting 27/2001/QH10 (amended by 40/2013/QH13)",
)
NEW_LAW = (
    "Luật PCCC và CNCH 55/2024/QH15",
    "Law on fire prevention and fighting, and rescue 55/2024/QH15",
)
CLASS_OF = {
    "MINI_APT": "mini_apartment",
    "BOARDING": "boarding_house",
    "HOUSE_BIZ": "house_with_business",
    "HOUSE": "detached_house",
}


def at_least(fact, limit):
    return {"fact": fact, "at_least": limit}


def below(fact, limit):
    return {"fact": fact, "below": limit}


def rule(classes, annex, authority, confidence, **conditions):
    """A rule of housing_rules: the pack says it in words, so its limits are written down here beside its confidence."""
    made = {"classes": classes, "annex": words(*annex), "authority": words(*authority)}
    return {**made, **conditions, "verified": confidence.startswith("verified: ")}


def confidence_of(regime, beginning):
    return next(it["confidence"] for it in regime["housing_rules"] if it["type"].startswith(beginning))


def old_rules(regime):
    confidence = confidence_of(regime, "collective housing")
    return [
        rule(
            ["collective_housing"], ("Phụ lục III", "Annex III"), POLICE, confidence,
            any=[at_least("storeys", 5), at_least("volume_m3", 2500)],
        ),
        rule(["collective_housing"], ("Phụ lục IV", "Annex IV"), COMMUNE, confidence),
        rule(
            ["detached_house"], ("Khu dân cư", "Residential area"), COMMUNE,
            next(it["confidence"] for it in regime["inspection"] if "khu dân cư" in it["what"]),
        ),
    ]  # fmt: skip


def new_rules(regime):
    housing, business = confidence_of(regime, "Nhà chung cư"), confidence_of(regime, "Nhà ở kết hợp")
    manager = regime["manager_confidence"]
    annex = ("Phụ lục I, mục 1", "Annex I, item 1")
    return [
        rule(
            ["collective_housing"], ("Phụ lục II, nhóm 1", "Annex II, group 1"), BY_SCOPE, housing,
            any=[at_least("storeys", 7), at_least("floor_area_m2", 3000)],
        ),
        rule(
            ["collective_housing"], ("Phụ lục II, nhóm 2", "Annex II, group 2"), BY_SCOPE, housing,
            any=[at_least("storeys", 5), at_least("floor_area_m2", 1000)],
        ),
        # That Annex I takes any size is known second-hand only.
        rule(["collective_housing"], annex, COMMUNE, "2nd-hand"),
        rule(
            ["house_with_business"], ("Phụ lục II, nhóm 2", "Annex II, group 2"), BY_SCOPE, business,
            all=[at_least("business_area_m2", 200)],
        ),
        rule(
            ["house_with_business"], ("Phụ lục I, mục 32", "Annex I, item 32"), COMMUNE, business,
            all=[at_least("business_area_m2", 50), below("business_area_m2", 200)],
        ),
        rule(["house_with_business"], ("Nhà ở kết hợp, dưới 50 m²", "House with business, below 50 m²"), COMMUNE, business),
        rule(["detached_house"], ("Nhà ở", "House"), COMMUNE, manager),
    ]  # fmt: skip


def open_question(classes, vi, en):
    return {"classes": classes, "words": words(vi, en)}


LODGING = open_question(
    ["mini_apartment", "boarding_house"],
    "Chưa có nguồn xác nhận nhà trọ, chung cư mini thuộc mục nào của Phụ lục I. Cán bộ quyết định và ghi lý do.",
    "No source confirms which item of Annex I boarding houses and mini-apartments fall under. The officer decides and says why.",
)
OLD_LODGING = open_question(
    ["mini_apartment", "boarding_house"],
    "Chưa có nguồn xác nhận nhà trọ, chung cư mini được xếp vào loại nào. Cán bộ quyết định và ghi lý do.",
    "No source confirms how boarding houses and mini-apartments were classed. The officer decides and says why.",
)
OLD_BUSINESS = open_question(
    ["house_with_business"],
    "Điều 7 NĐ 136/2020; nếu có đăng ký doanh nghiệp thì theo điều kiện của Điều 5 cho loại hình đó. Cán bộ quyết định và ghi lý do.",
    "Article 7 of Decree 136/2020; with an enterprise registration the conditions of Article 5 for that kind. The officer "
    "decides and says why.",
)


def form(forms, beginning, decree, en):
    found = next(it for it in forms if it["title"].startswith(beginning) and it["decree"].startswith(decree))
    known = "not confirmed" not in found["confidence"]
    return {
        "code": found["code"] or None,
        "decree": words(found["decree"], found["decree"].replace("NĐ ", "Decree ").replace("Phụ lục", "Annex")),
        "title": words(found["title"].removesuffix(" (cơ quan)"), en),
        "verified": known and verified(found["confidence"]),
    }


def regimes():
    pack, forms = read("facility_classes.json"), read("inspection_record.json")["form_versions"]
    documents = {it["document"].split(" (")[0]: it for it in read("legal_documents.json")}
    checklists = {CLASS_OF[it["code"]]: it["checklist"] for it in pack["pilot_classes_for_ui"] if it["code"] in CLASS_OF}
    amended = ("Nghị định 136/2020/NĐ-CP sửa bởi Nghị định 50/2024/NĐ-CP", "Decree 136/2020/NĐ-CP as amended by Decree 50/2024/NĐ-CP")
    named = {
        "ND136": (OLD_LAW, ("Nghị định 136/2020/NĐ-CP", "Decree 136/2020/NĐ-CP"), "NĐ 136/2020"),
        "ND50": (OLD_LAW, amended, "NĐ 136/2020"),
        "ND105": (NEW_LAW, ("Nghị định 105/2025/NĐ-CP", "Decree 105/2025/NĐ-CP"), "NĐ 105/2025"),
    }
    by_id = {it["id"]: it for it in pack["regimes"]}
    # The amendment left the housing rules as they were.
    by_id["ND50"] = {**by_id["ND136"], **by_id["ND50"]}
    made = []
    for regime in by_id.values():
        law, decree, forms_of = named[regime["id"]]
        new = regime["id"] == "ND105"
        own = form(forms, "Biên bản tự kiểm tra", forms_of, "Self-inspection record") if new else None
        made.append({
            "id": regime["id"],
            "law": words(*law),
            "decree": words(*decree),
            "valid_from": regime["valid_from"],
            "valid_to": regime["valid_to"],
            "verified": verified(regime["confidence"]),
            "record_form": form(forms, "Biên bản kiểm tra", forms_of, "Inspection record"),
            "self_form": own,
            "checklists": checklists,
            "standings": new_rules(regime) if new else old_rules(regime),
            "open_questions": [LODGING] if new else [OLD_LODGING, OLD_BUSINESS],
        })  # fmt: skip
    fines = ["Nghị định 144/2021/NĐ-CP", "Nghị định 106/2025/NĐ-CP", "Nghị quyết 76/2025/NQ-HĐND Hà Nội"]
    fines = [documents[name] for name in fines]
    kept = ["document", "valid_from", "valid_to"]
    fines = [
        {**{key: it[key] for key in kept}, "verified": verified(it["confidence"]) and "unverified" not in it["confidence"]}
        for it in fines
    ]
    return {"regimes": sorted(made, key=lambda it: it["valid_from"]), "fines": fines}


def nfc(text):
    return unicodedata.normalize("NFC", text)


def files():
    """Every shipped file and its content."""
    for code in CHECKLISTS:
        made = template(f"checklist_{code}.json")
        name = f"{made['code']}-{made['version']}.json"
        yield DATA / "templates" / name, nfc(json.dumps(made, ensure_ascii=False, indent=1)) + "\n"
    yield RULES, nfc(json.dumps(regimes(), ensure_ascii=False, indent=1)) + "\n"
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
