use super::*;
use crate::record::search;
use crate::text::fold;

fn parts(house: &str, chain: [&str; 3], street: &str, group: &str, ward: &str, district: &str) -> AddressParts {
    let [lane, sub_lane, alley] = chain.map(str::to_owned);
    AddressParts {
        house_number: house.into(),
        alley,
        sub_lane,
        lane,
        street: street.into(),
        residential_group: group.into(),
        ward: ward.into(),
        district: district.into(),
    }
}

#[test]
fn written_addresses_are_read() {
    for (text, expected) in [
        ("Số 37, ngách 29/70 Khương Hạ", parts("37", ["29", "70", ""], "Khương Hạ", "", "", "")),
        ("Số 37 ngõ 29 ngách 29/70 phố Khương Hạ", parts("37", ["29", "70", ""], "Khương Hạ", "", "", "")),
        (
            "Số 37 ngõ 29/70 Khương Hạ, Phường Khương Đình",
            parts("37", ["29", "70", ""], "Khương Hạ", "", "Khương Đình", ""),
        ),
        ("1/43/98/31 Trung Kính, Yên Hòa", parts("1", ["43", "98", "31"], "Trung Kính", "", "Yên Hòa", "")),
        (
            "Phòng 302, tầng 3, số 8 ngõ 5 Láng Hạ, Đống Đa, Hà Nội",
            parts("8", ["5", "", ""], "Láng Hạ", "", "", "Đống Đa"),
        ),
        ("P.302 số 8 ngõ 5 Láng Hạ", parts("8", ["5", "", ""], "Láng Hạ", "", "", "")),
        ("số 5 Hoàng Mai, phường Tương Mai", parts("5", ["", "", ""], "Hoàng Mai", "", "Tương Mai", "")),
        ("Số 4 phố Ba Đình", parts("4", ["", "", ""], "Ba Đình", "", "", "")),
        ("12 Đội Cấn, Ba Đình, HN", parts("12", ["", "", ""], "Đội Cấn", "", "", "Ba Đình")),
        ("so 12 ngo 4 Phuong Mai, Dong Da", parts("12", ["4", "", ""], "Phuong Mai", "", "", "Đống Đa")),
        ("Tổ dân phố số 7, phường Hà Đông", parts("", ["", "", ""], "", "7", "Hà Đông", "")),
        ("Số 3 Tô Hiệu, T.Xuân", parts("3", ["", "", ""], "Tô Hiệu", "", "", "Thanh Xuân")),
        ("Lô B12 đường Nguyễn Xiển", parts("Lô B12", ["", "", ""], "Nguyễn Xiển", "", "", "")),
        ("Km 9 Quốc lộ 1A, xã Thanh Trì", parts("", ["", "", ""], "Quốc lộ 1A", "", "Thanh Trì", "")),
        ("Số 2 hẻm 7 ngõ 5 Vương Thừa Vũ", parts("2", ["5", "", "7"], "Vương Thừa Vũ", "", "", "")),
        ("", AddressParts::default()),
        (",,, - . / số", AddressParts::default()),
    ] {
        assert_eq!(parse(text), expected, "{text}");
    }
}

#[test]
fn decomposed_letters_read_as_composed_ones() {
    use unicode_normalization::UnicodeNormalization;
    let text = "Số 37, ngách 29/70 phố Khương Hạ, phường Khương Đình";
    assert_eq!(parse(&text.nfd().collect::<String>()), parse(text));
}

#[test]
fn a_formatted_address_reads_back() {
    for (given, text) in [
        (
            parts("21B", ["29", "70", "2"], "Khương Hạ", "12", "Khương Đình", ""),
            "Số 21B, hẻm 29/70/2 Khương Hạ, tổ dân phố 12, Khương Đình",
        ),
        (parts("138", ["", "", ""], "Khương Hạ", "", "", ""), "Số 138 Khương Hạ"),
        (parts("9", ["", "", ""], "19/5", "", "Văn Quán", "Hà Đông"), "Số 9 đường 19/5, phường Văn Quán, quận Hà Đông"),
        (parts("", ["29", "", ""], "Khương Hạ", "", "", ""), "Ngõ 29 Khương Hạ"),
        (parts("4", ["", "", ""], "Tô Hiệu", "", "Hà Đông", ""), "Số 4 Tô Hiệu, phường Hà Đông"),
        (parts("4", ["2", "", ""], "Cao Lỗ", "", "Đông Anh", ""), "Số 4, ngõ 2 Cao Lỗ, xã Đông Anh"),
        (parts("", ["", "", ""], "Huế", "", "", ""), "Phố Huế"),
        (parts("2", ["5", "", "7"], "Vương Thừa Vũ", "", "", ""), "Số 2, hẻm 7 ngõ 5 Vương Thừa Vũ"),
        (
            parts("", ["", "", ""], "", "Triều Khúc", "Tân Triều", "Thanh Trì"),
            "Thôn Triều Khúc, xã Tân Triều, huyện Thanh Trì",
        ),
    ] {
        assert_eq!(format(&given), text);
        assert_eq!(parse(text), given, "{text}");
    }
}

#[test]
fn words_that_announce_a_part_are_told_apart() {
    let told = |text: &str| -> Vec<String> {
        let words = told_words(text).into_iter();
        words.map(|(word, announces)| if announces { format!("[{word}]") } else { word }).collect()
    };
    for (text, expected) in [
        ("Số 37, ngách 29/70 phố Khương Hạ", "[Số] 37 [ngách] 29/70 [phố] Khương Hạ"),
        ("P.Khương Đình, thành phố Hà Nội", "[P] Khương Đình [thành] [phố] Hà Nội"),
        ("tổ dân phố 12, phường Phương Liệt", "[tổ] [dân] [phố] 12 [phường] Phương Liệt"),
        ("12 Phuong Mai", "12 Phuong Mai"),
        ("Chung cư An Phú, Quốc lộ 1A", "Chung cư An Phú Quốc lộ 1A"),
        ("", ""),
    ] {
        assert_eq!(told(text).join(" "), expected);
    }
}

#[test]
fn any_text_is_read_without_panic() {
    let mut random = crate::clock::SeededRandom::new(11);
    let words = [
        "số",
        "ngõ",
        "P.",
        "/",
        "29/70",
        "quận",
        ",",
        "-",
        "Ba",
        "Đình",
        "tổ",
        "TT",
        ".",
        "Lô",
        "HN",
        "\u{301}",
        "đường",
    ];
    for _ in 0..3000 {
        let text: Vec<_> = (0..random.below(12)).map(|_| words[random.below(words.len())]).collect();
        let text = text.join([" ", ""][random.below(2)]);
        let read = parse(&text);
        assert!(format(&read).len() < 400, "{text}");
    }
}

/// A file that is other people's: read where it is beside the project, as CI has it.
fn shared_file(path: &str) -> Option<String> {
    let root =
        std::env::var("ANCU_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    let text = std::fs::read_to_string(std::path::Path::new(&root).join(path)).ok();
    if text.is_none() {
        println!("{path} is not beside the project: not compared");
    }
    text
}

fn demo_premises() -> Vec<serde_json::Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../sync-server/data/demo/khuong_dinh.json");
    let text = std::fs::read_to_string(path).expect("the demonstration's premises");
    assert!(unicode_normalization::is_nfc(&text));
    let file: serde_json::Value = serde_json::from_str(&text).expect("json");
    file["premises"].as_array().expect("premises").clone()
}

#[test]
fn the_demonstrations_addresses_read_as_their_parts() {
    let premises = demo_premises();
    assert_eq!(premises.len(), 60);
    let mut names = std::collections::BTreeSet::new();
    for one in &premises {
        let text = |field: &str| one[field].as_str().unwrap_or_default();
        assert!(names.insert(text("name")), "{} twice", text("name"));
        let read = parse(text("address"));
        for (part, field) in [
            (&read.house_number, "house_number"),
            (&read.lane, "lane"),
            (&read.sub_lane, "sub_lane"),
            (&read.alley, "alley"),
            (&read.street, "street"),
        ] {
            assert_eq!(part, text(field), "{field} of {}", text("address"));
        }
        assert_eq!(read.ward, "Khương Đình");
        assert!(text("head_phone").starts_with("0000 "), "{}", text("head_phone"));
        assert!(crate::record::facility::FacilityClass::from_code(text("class")).is_some(), "{}", text("class"));
        for field in one.as_object().expect("fields").keys() {
            assert!(crate::record::key::Key::parse(&format!("h/{field}")).is_ok(), "{field}");
        }
    }
    let near = premises.iter().filter(|one| {
        let text = |field: &str| one[field].as_str().unwrap_or_default();
        let key = search::key(&parse(text("address")), text("address"), text("name"));
        search::Query::of("khuong ha 29/70").score(&key).is_some()
    });
    assert_eq!(near.count(), 5);
}

#[test]
fn the_demonstrations_premises_stand_in_their_ward() {
    let Some(text) = shared_file("data/boundaries/hanoi_communes_2025_simpl_3m.geojson") else { return };
    let communes: serde_json::Value = serde_json::from_str(&text).expect("json");
    let features = communes["features"].as_array().expect("features");
    let ward = features.iter().find(|it| it["properties"]["code"] == "00364").expect("the ward");
    let rings: Vec<Vec<(f64, f64)>> =
        serde_json::from_value(ward["geometry"]["coordinates"].clone()).expect("a polygon");
    let inside = |east: f64, north: f64| {
        let crossings = rings.iter().flat_map(|ring| ring.windows(2)).filter(|edge| {
            let [(x1, y1), (x2, y2)] = [edge[0], edge[1]];
            (y1 > north) != (y2 > north) && east < (x2 - x1) * (north - y1) / (y2 - y1) + x1
        });
        crossings.count() % 2 == 1
    };
    assert!(!inside(105.85, 21.03), "the lake is elsewhere");
    for one in demo_premises() {
        let degrees = |field: &str| one[field].as_f64().expect("degrees");
        assert!(inside(degrees("longitude"), degrees("latitude")), "{} {}", one["name"], one["address"]);
    }
}

#[test]
fn gold_addresses_are_read() {
    #[derive(serde::Deserialize)]
    struct Case {
        id: String,
        raw: String,
        gold: std::collections::BTreeMap<String, String>,
    }
    let Some(text) = shared_file("data/addresses/hanoi_address_gold.json") else { return };
    let cases: Vec<Case> = serde_json::from_str(&text).expect("gold addresses");
    let (mut right, mut total) = (0, 0);
    for case in &cases {
        let read = parse(&case.raw);
        let chain = read.chain();
        let group = case.gold.get("tdp").or_else(|| case.gold.get("hamlet")).cloned().unwrap_or_default();
        let gold = |field: &str| case.gold.get(field).cloned().unwrap_or_default();
        for (field, read, gold) in [
            ("house", &read.house_number, gold("house")),
            ("chain", &chain, gold("chain")),
            ("street", &read.street, gold("street")),
            ("group", &read.residential_group, group),
            ("ward", &read.ward, gold("ward")),
            ("district", &read.district, gold("district")),
        ] {
            total += 1;
            // Marks that nobody wrote cannot be read.
            if fold(read) == fold(&gold) {
                right += 1;
            } else {
                println!("{} {field}: read {read:?}, gold {gold:?} in {:?}", case.id, case.raw);
            }
        }
    }
    println!("gold addresses: {right} of {total} parts right in {} addresses", cases.len());
    assert!(right * 100 >= total * 95, "{right} of {total}");
}
