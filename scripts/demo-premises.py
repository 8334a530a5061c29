#!/usr/bin/env python3
"""Makes the demonstration's premises: sixty houses of Phường Khương Đình that could stand where they are put.

Streets and lanes are real ones of the ward; house numbers, houses, people and telephones (0000 …, which nobody can have)
are invented. Reads street names, road lines and the ward's boundary from the folder that ANCU_SHARED names and writes
sync-server/data/demo/khuong_dinh.json. The same data give the same bytes. With --check nothing is written: exit status 1
says that the shipped file differs or that a house lies outside the ward.
"""

import csv
import json
import math
import os
import sys
import unicodedata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ANCU_SHARED", PROJECT.parent / "shared"))
FILE = PROJECT / "sync-server" / "data" / "demo" / "khuong_dinh.json"
WARD = {"code": "00364", "valid_from": "2025-07-01"}
CLASSES = (
    ["mini_apartment"] * 30
    + ["boarding_house"] * 12
    + ["house_with_business"] * 12
    + ["detached_house"] * 3
    + ["collective_housing"] * 2
    + ["other"]
)

DEEP_LANE = ("Khương Hạ", "29/70")
# Where people died in the fire of 12 September 2023: no demonstration stands there.
KEPT_OUT = {(*DEEP_LANE, "37")}

FAMILY = ["Nguyễn"] * 38 + ["Trần"] * 11 + ["Lê"] * 10 + ["Phạm"] * 7 + ["Hoàng"] * 5 + ["Vũ"] * 5 + ["Đỗ"] * 4
FAMILY += ["Bùi"] * 4 + ["Đặng"] * 3 + ["Ngô"] * 2 + ["Dương"] * 2 + ["Đào", "Đinh", "Trịnh", "Phan", "Lưu", "Hà"]
MIDDLE_M = ["Văn", "Văn", "Đức", "Minh", "Quang", "Hữu", "Xuân", "Anh", "Mạnh", "Tiến"]
MIDDLE_F = ["Thị", "Thị", "Thị Thu", "Thị Minh", "Thị Thanh", "Ngọc", "Thùy", "Thị Kim", "Bích", "Phương"]
GIVEN_M = ["Hùng", "Dũng", "Tuấn", "Sơn", "Long", "Hải", "Thắng", "Bình", "Khánh", "Cường", "Trung", "Toàn", "Lâm", "Kiên"]
GIVEN_F = ["Lan", "Hoa", "Hạnh", "Mai", "Hương", "Thảo", "Nga", "Yến", "Hằng", "Linh", "Ngân", "Loan", "Thủy", "Oanh"]
HOUSE = ["An Phú", "Đại Phúc", "Minh Tâm", "Hòa Bình", "Thiên Ân", "Bảo Long", "Phú Quý", "Hồng Hà", "Thanh Xuân Xanh",
         "Sông Tô", "Bình An", "Ngọc Lan", "Gia Hưng", "Tân Việt", "Mai Trang", "Đức Thịnh", "Thành Công", "Hải Đăng",
         "An Khang", "Việt Hưng", "Hương Sen", "Nam Phong", "Trường An", "Kim Ngân", "Phúc Lộc", "Vạn Xuân",
         "Hạ Đình Xanh", "Khương Hạ Home", "Thượng Đình Plaza", "Tường Vi"]
TRADES = ["Cửa hàng tạp hóa", "Quán phở", "Tiệm may", "Xưởng cơ khí nhỏ", "Cửa hàng xe đạp điện", "Hiệu thuốc",
          "Tiệm giặt là", "Cửa hàng gas dân dụng", "Xưởng mộc", "Quán cà phê", "Cửa hàng chăn ga", "Tiệm in quảng cáo"]


class Dice:
    """SplitMix64, so that the sequence depends on no library's version."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, bound):
        return self.next() % bound

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, things):
        return things[self.below(len(things))]

    def shuffle(self, things):
        for last in range(len(things) - 1, 0, -1):
            other = self.below(last + 1)
            things[last], things[other] = things[other], things[last]


def rings(geometry):
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def inside(rings_of_ward, east, north):
    """Even-odd rule over all rings."""
    odd = False
    for ring in rings_of_ward:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
            if (y1 > north) != (y2 > north) and east < (x2 - x1) * (north - y1) / (y2 - y1) + x1:
                odd = not odd
    return odd


METRES_NORTH = 110_700.0
METRES_EAST = 111_320.0 * math.cos(math.radians(20.99))


def along(line, metres, aside):
    """The point so many metres along a line and so many to its left; None past its end."""
    for (x1, y1), (x2, y2) in zip(line, line[1:]):
        east, north = (x2 - x1) * METRES_EAST, (y2 - y1) * METRES_NORTH
        length = math.hypot(east, north)
        if length > 0 and metres <= length:
            share = metres / length
            return (
                x1 + (x2 - x1) * share - aside * north / length / METRES_EAST,
                y1 + (y2 - y1) * share + aside * east / length / METRES_NORTH,
            )
        metres -= length
    return None


def length_of(line):
    return sum(
        math.hypot((x2 - x1) * METRES_EAST, (y2 - y1) * METRES_NORTH) for (x1, y1), (x2, y2) in zip(line, line[1:])
    )


def ways(ward):
    """Named streets and lanes of the ward: (street, chain, line)."""
    named = {}
    with open(SHARED / "data" / "osm" / "hanoi_street_names.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if WARD["code"] not in row["ward_codes_2025"].split("|"):
                continue
            if row["kind"] in ("phố", "đường") and row["main_highway"] in ("residential", "tertiary", "secondary"):
                named[row["name"]] = (row["name"].split(" ", 1)[1], "")
            elif row["kind"] == "ngõ" and row["number"]:
                named[row["name"]] = (row["parent_street"], row["number"])
    roads = json.loads((SHARED / "data" / "osm" / "hanoi_urban_roads.geojson").read_text("utf-8"))
    found = []
    for road in roads["features"]:
        name = road["properties"].get("name")
        line = road["geometry"]["coordinates"]
        if name in named and length_of(line) >= 40 and any(inside(ward, x, y) for x, y in line):
            found.append((*named[name], line))
    found.sort(key=lambda way: (way[0], way[1], way[2]))
    return found


def person(dice):
    woman = dice.below(2) == 0
    middle, given = (MIDDLE_F, GIVEN_F) if woman else (MIDDLE_M, GIVEN_M)
    return f"{dice.pick(FAMILY)} {dice.pick(middle)} {dice.pick(given)}", woman


def scale(dice, kind):
    """(storeys, basements, apartments or rooms, people)"""
    if kind == "mini_apartment":
        storeys = dice.between(5, 9)
        apartments = (storeys - 1) * dice.between(2, 6)
        return storeys, int(dice.below(5) == 0), apartments, apartments * dice.between(15, 24) // 10
    if kind == "boarding_house":
        storeys = dice.between(2, 5)
        rooms = storeys * dice.between(3, 6)
        return storeys, 0, rooms, rooms * dice.between(12, 20) // 10
    if kind == "collective_housing":
        storeys = dice.between(4, 5)
        apartments = storeys * dice.between(6, 9)
        return storeys, 0, apartments, apartments * dice.between(25, 34) // 10
    if kind == "other":
        return 2, 0, 0, 0
    return dice.between(3, 6), 0, 1, dice.between(3, 8)


def call(dice, kind, head, woman, place, names):
    given = head.split(" ")[-1]
    title = "bà" if woman else "ông"
    if kind == "mini_apartment":
        return f"Chung cư mini {names.pop()}"
    if kind == "boarding_house":
        return f"Nhà trọ {title} {given}"
    if kind == "house_with_business":
        return f"{TRADES[place % len(TRADES)]} {given}"
    if kind == "collective_housing":
        return f"Nhà tập thể {dice.pick(['Hồng Quang', 'Sông Tô', 'Cơ khí 1'])} dãy {dice.pick('ABCD')}"
    if kind == "detached_house":
        return f"Nhà {title} {head}"
    return "Nhà sinh hoạt cộng đồng ven sông Tô Lịch"


def made():
    boundary = json.loads((SHARED / "data" / "boundaries" / "hanoi_communes_2025_simpl_3m.geojson").read_text("utf-8"))
    feature = next(it for it in boundary["features"] if it["properties"]["code"] == WARD["code"])
    ward = rings(feature["geometry"])
    dice = Dice(20250701)
    candidates = ways(ward)
    lines = {}
    for street, chain, line in candidates:
        lines.setdefault((street, chain), []).append(line)
    # Every lane is as likely as another, however many lines it is drawn with.
    lanes = [way for way in lines if way[1]]
    streets = [way for way in lines if not way[1]]
    classes, names = list(CLASSES), list(HOUSE)
    dice.shuffle(classes)
    dice.shuffle(names)
    premises, taken = [], set()
    trades = 0
    while len(premises) < len(classes):
        kind = classes[len(premises)]
        # Most stand in lanes: that is why they are hard to reach.
        street, chain = dice.pick(streets if dice.below(100) < 30 else lanes)
        if len(premises) % 12 == 3:
            # The one lane inside a lane that the road data name.
            street, chain = DEEP_LANE
        line = dice.pick(lines[street, chain])
        metres = dice.between(8, int(length_of(line)) - 8)
        left = dice.below(2)
        spot = along(line, metres, (1 if left else -1) * dice.between(4, 9))
        if spot is None or not inside(ward, *spot):
            continue
        # Numbers grow about every four metres, odd on one side.
        house = f"{metres // 4 * 2 + 1 + left}" + (dice.pick("ABCD") if dice.below(100) < 6 else "")
        if (street, chain, house.rstrip("ABCD")) in taken or (street, chain, house) in KEPT_OUT:
            continue
        taken.add((street, chain, house.rstrip("ABCD")))
        links = [*chain.split("/"), "", ""][:3]
        word = {0: "phố", 1: "ngõ", 2: "ngách", 3: "hẻm"}[chain.count("/") + 1 if chain else 0]
        address = f"Số {house} {word} {chain} {street}" if chain else f"Số {house} phố {street}"
        if street in ("Khương Đình", "Nguyễn Trãi", "Trường Chinh", "Nguyễn Xiển", "Khuất Duy Tiến") and not chain:
            address = f"Số {house} đường {street}"
        head, woman = person(dice)
        storeys, basements, apartments, residents = scale(dice, kind)
        name = call(dice, kind, head, woman, trades, names)
        if any(name == it["name"] for it in premises):
            continue
        given = {
            "name": name,
            "class": kind,
            "address": f"{address}, phường Khương Đình",
            "house_number": house,
            "lane": links[0],
            "sub_lane": links[1],
            "alley": links[2],
            "street": street,
            "residential_group": str(dice.between(1, 32)),
            "latitude": round(spot[1], 6),
            "longitude": round(spot[0], 6),
            "position_source": "manual",
            "storeys": storeys,
            "basements": basements,
            "apartments": apartments,
            "residents": residents,
            "head_name": head,
            "head_phone": f"0000 000 {len(premises) + 1:03}",
        }
        trades += kind == "house_with_business"
        premises.append({field: value for field, value in given.items() if value != ""})
    assert all(inside(ward, it["longitude"], it["latitude"]) for it in premises)
    return {"ward": WARD, "premises": premises}


def main():
    if not (SHARED / "data" / "osm").is_dir():
        sys.exit("road data not found: name their folder in ANCU_SHARED")
    text = unicodedata.normalize("NFC", json.dumps(made(), ensure_ascii=False, indent=1)) + "\n"
    if FILE.exists() and FILE.read_text("utf-8") == text:
        return 0
    print(f"{FILE.relative_to(PROJECT)} {'differs' if '--check' in sys.argv else 'written'}")
    if "--check" in sys.argv:
        return 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
