use super::*;
use crate::record::address::parse;

fn key_of(name: &str, raw: &str) -> String {
    key(&parse(raw), raw, name)
}

/// The names of those that are found, the best first.
fn found<'a>(query: &str, premises: &[(&'a str, &str)]) -> Vec<&'a str> {
    let query = Query::of(query);
    let mut hits: Vec<_> =
        premises.iter().filter_map(|(name, address)| Some((query.score(&key_of(name, address))?, *name))).collect();
    hits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    hits.into_iter().map(|(_, name)| name).collect()
}

const WARD: &str = "Số 5 Khương Hạ, phường Khương Đình";

#[test]
fn the_name_comes_before_the_address_and_a_unit_word_is_no_hit() {
    let premises = [
        ("Nhà trọ An Khang", "Số 12 phố An Trạch, phường Khương Đình"),
        ("Nhà trọ Bình Minh", "Số 3 An Phú, phường Khương Đình"),
        ("Nhà trọ An Phú", WARD),
        ("Nhà trọ Phú An", WARD),
    ];
    assert_eq!(found("an phu", &premises), ["Nhà trọ An Phú", "Nhà trọ Phú An", "Nhà trọ Bình Minh"]);
    assert_eq!(found("phu", &[("Nhà trọ An Khang", "Số 1 phuong Khuong Dinh")]), Vec::<&str>::new());
}

#[test]
fn a_street_comes_before_words_that_only_begin_so() {
    let premises = [
        ("Cửa hàng Đình Hải", "Số 27 phố Khương Hạ"),
        ("Nhà trọ bà Hạnh", "Số 9 Kim Giang"),
        ("Nhà trọ Bình Minh", "Số 15 phố Hạ Đình"),
    ];
    for query in ["Hạ Đình", "phố Hạ Đình", "ha din"] {
        assert_eq!(found(query, &premises)[0], "Nhà trọ Bình Minh", "{query}");
    }
    assert_eq!(found("Khương Hạ", &premises)[0], "Cửa hàng Đình Hải");
}

#[test]
fn who_types_a_number_types_an_address() {
    let premises = [
        ("Nhà trọ 69 Khương Hạ", "Số 12 Hạ Đình, phường Khương Đình"),
        ("Karaoke Khương Hạ", "Số 690 Khương Hạ, phường Khương Đình"),
        ("Nhà trọ Bình Minh", "Số 5 ngõ 69 Khương Hạ, phường Khương Đình"),
        ("Nhà trọ An Phú", "Số 69 phố Khương Hạ, phường Khương Đình"),
        ("Khương Hạ 3", WARD),
    ];
    let order = ["Nhà trọ An Phú", "Nhà trọ Bình Minh", "Karaoke Khương Hạ", "Nhà trọ 69 Khương Hạ"];
    for typed in ["69 khuong ha", "69 Khương Hạ", "số 69 phố khương hạ"] {
        assert_eq!(found(typed, &premises), order, "{typed}");
    }
    // The words in another order are still that address, and a number alone is a house's.
    assert_eq!(found("khuong ha 69", &premises)[..2], ["Nhà trọ Bình Minh", "Nhà trọ An Phú"]);
    assert_eq!(found("69", &premises), order);
    // A number that belongs to a name: nothing has it at its address.
    assert_eq!(found("khuong ha 3", &premises), ["Khương Hạ 3"]);
    // Without a number a name comes first, as ever.
    assert_eq!(found("khuong ha", &premises)[..3], ["Nhà trọ 69 Khương Hạ", "Karaoke Khương Hạ", "Khương Hạ 3"]);
}

#[test]
fn a_whole_word_comes_before_a_beginning_and_typed_marks_count() {
    let premises =
        [("Nhà trọ Phúc", WARD), ("Nhà trọ Phụ", WARD), ("Nhà trọ Phú", WARD), ("Nhà trọ Phục", WARD), ("Lam", WARD)];
    assert_eq!(found("phu", &premises[..3]), ["Nhà trọ Phụ", "Nhà trọ Phú", "Nhà trọ Phúc"]);
    assert_eq!(found("phú", &premises), ["Nhà trọ Phú", "Nhà trọ Phúc", "Nhà trọ Phụ", "Nhà trọ Phục"]);
    assert_eq!(found("đinh", &[("Đinh", WARD), ("Định", WARD), ("Dinh", WARD)]), ["Đinh", "Định", "Dinh"]);
    assert_eq!(found("hòa", &[("Hóa", WARD), ("Hoà", WARD)]), ["Hoà", "Hóa"], "either style of tone marks");
}

#[test]
fn words_that_announce_may_be_written_or_not() {
    let premises = [("Nhà trọ Dương", WARD), ("Karaoke Phố Xưa", "Số 7, ngách 29/70 đường Nguyễn Trãi")];
    assert_eq!(found("ngõ 29/70 nguyễn trãi", &premises), ["Karaoke Phố Xưa"]);
    assert_eq!(found("ngach 70 so 7", &premises), ["Karaoke Phố Xưa"]);
    assert_eq!(found("dương", &premises), ["Nhà trọ Dương"]);
    assert_eq!(found("nha tro duong", &premises), ["Nhà trọ Dương"]);
    // Alone, such a word is looked for itself; a name that has it comes first.
    assert_eq!(found("duong", &premises), ["Nhà trọ Dương", "Karaoke Phố Xưa"]);
    assert_eq!(found("pho", &premises), ["Karaoke Phố Xưa"]);
    assert_eq!(found("phường", &premises), ["Nhà trọ Dương"]);
    assert_eq!(found("", &premises).len(), 2);
}

#[test]
fn every_word_must_stand_somewhere_in_any_order() {
    let premises = [("Chung cư mini Đại Phúc", "Số 37, ngách 29/70 phố Khương Hạ")];
    for (query, expected) in [
        ("37 29/70 khuong ha", true),
        ("khương hạ 37", true),
        ("ha khuong 70", true),
        ("dai phuc", true),
        ("ĐẠI PHÚC 37", true),
        ("số 37 ngách 29/70", true),
        ("ngõ 29", true),
        ("khuo", true),
        ("7 khuong ha", true), // of ngách "70": a number may still be being typed
        ("38 khuong ha", false),
        ("0", false),
        ("huong", false),
        ("dai phuc hoa", false),
    ] {
        assert_eq!(!found(query, &premises).is_empty(), expected, "{query}");
    }
}

#[test]
fn an_address_is_found_as_ha_noi_writes_it() {
    let premises = [
        ("Nhà trọ A", "Số 106, ngách 29/70 phố Khương Hạ, phường Khương Đình"),
        ("Nhà trọ B", "Số 372B phố Khương Đình, phường Khương Đình"),
        ("Nhà trọ C", "Số 70, ngõ 29 phố Khương Hạ, phường Khương Đình"),
        ("Nhà trọ D", "106/29/70 Khương Hạ"),
        ("Nhà trọ Đ", "Số 1106, ngách 29/70 phố Khương Hạ"),
        ("Nhà trọ E", "Số 29, ngõ 70 phố Vũ Hữu"),
    ];
    for typed in ["106/29/70", "106 / 29 / 70", "106/29/70 khuong ha", "106/29/7"] {
        assert_eq!(found(typed, &premises), ["Nhà trọ D", "Nhà trọ A"], "{typed}");
    }
    for typed in ["106 29/70", "so 106 ngach 29/70", "106 ngách 29 / 70", "số 106 ngách 29/ 70", "106 29 /70 khuong ha"]
    {
        let mut both = found(typed, &premises);
        both.sort_unstable();
        assert_eq!(both, ["Nhà trọ A", "Nhà trọ D"], "{typed}");
    }
    for typed in ["372 B", "372b", "số 372 b khương đình", "372 B khuong dinh"] {
        assert_eq!(found(typed, &premises), ["Nhà trọ B"], "{typed}");
    }
    // What is written so comes first; a house in a lane after it; the other way round is another house.
    for typed in ["29/70", "29 / 70"] {
        let hits = found(typed, &premises);
        assert_eq!(hits.len(), 4, "{typed}: {hits:?}");
        assert_eq!(hits[3], "Nhà trọ E", "{typed}");
    }
    // Who goes on typing a name after a number still finds it, and a letter or a stroke that belongs to a name.
    assert_eq!(found("372 k", &premises), ["Nhà trọ B"]);
    assert_eq!(found("khối 3 / a", &[("Khối 3 / A", WARD)]), ["Khối 3 / A"]);
}

#[test]
fn a_whole_postal_address_finds_its_house_and_no_other() {
    let premises = [
        ("Nhà trọ A", "Số 7B ngõ 29 phố Khương Hạ, phường Khương Đình"),
        ("Nhà trọ Tám", "Số 7 ngõ 29 phố Khương Hạ, phường Khương Đình"),
        ("Nhà trọ C", "79 Hoàng Văn Thái, phường Khương Đình"),
        ("Nhà trọ D", "Số 7B ngõ 29 phố Định Công, phường Thanh Xuân, quận Thanh Xuân, Hà Nội"),
        ("Khách sạn Hà Nội", "Số 12 phố Láng, phường Đống Đa"),
    ];
    for typed in [
        "7B ngõ 29, phố Khương Hạ, phường Khương Đình, quận Thanh Xuân, Hà Nội",
        "Số nhà 7B, ngõ 29, P. Khương Hạ, P.Khương Đình, Q.Thanh Xuân, TP.Hà Nội, Việt Nam",
        "7b ngo 29 pho khuong ha phuong khuong dinh quan thanh xuan thanh pho ha noi",
        "7b ngo 29 khuong ha khuong dinh thanh xuan hn",
        "7 B ngõ 29 phố khương hạ khương đình, TX, HN",
        "Hà Nội, quận Thanh Xuân, phường Khương Đình, phố Khương Hạ, 7B ngõ 29",
    ] {
        assert_eq!(found(typed, &premises), ["Nhà trọ A"], "{typed}");
    }
    for typed in ["79 p. hoàng văn thái", "79 phố Hoàng Văn Thái, hà nội", "79 đ. hoang van thai, q. thanh xuan"]
    {
        assert_eq!(found(typed, &premises), ["Nhà trọ C"], "{typed}");
    }
    // A wrong house or street is another house.
    for typed in [
        "9B ngõ 29, phố Khương Hạ, phường Khương Đình, quận Thanh Xuân, Hà Nội",
        "7B ngõ 29, phố Vũ Hữu, phường Khương Đình, quận Thanh Xuân, Hà Nội",
        "78 p. hoàng văn thái",
    ] {
        assert_eq!(found(typed, &premises), Vec::<&str>::new(), "{typed}");
    }
    // Many records hold no ward; of others the one with the ward that was typed comes first.
    let bare = [("Bưởi", "Số 7B ngõ 29 phố Khương Hạ, phường Bưởi"), ("Nhà", "Số 7B ngõ 29 Khương Hạ"), premises[0]];
    for typed in ["7B ngõ 29, phố Khương Hạ, phường Khương Đình, Hà Nội", "7b ngo 29 khuong ha p. khuong dinh"]
    {
        let hits = found(typed, &bare);
        assert_eq!((hits[0], hits.len()), ("Nhà trọ A", 3), "{typed}");
    }
    assert_eq!(found("phường khương đình", &bare), ["Nhà trọ A"], "alone it is needed");
    assert_eq!(found("nhà trọ phường bưởi", &bare), Vec::<&str>::new());
    // The district and the city put first what has them, and are needed where they are all that was typed.
    assert_eq!(found("7b ngõ 29, quận Thanh Xuân, Hà Nội", &premises), ["Nhà trọ D", "Nhà trọ A"]);
    for typed in ["quận Thanh Xuân", "Thanh Xuân, Hà Nội", "q. thanh xuân", "phường thanh xuân, hà nội"]
    {
        assert_eq!(found(typed, &premises), ["Nhà trọ D"], "{typed}");
    }
    assert_eq!(found("hà nội", &premises), ["Khách sạn Hà Nội", "Nhà trọ D"]);
    assert_eq!(found("khách sạn hà nội", &premises), ["Khách sạn Hà Nội"]);
    for typed in ["quận", "quận quận quận", "phường, quận, thành phố", "q.", "tp"] {
        found(typed, &premises);
    }
}

#[test]
fn a_short_word_for_a_unit_says_what_the_long_one_says() {
    let premises = [
        ("Nhà trọ Hạ", "Số 5 Khương Hạ, phường Khương Đình"),
        ("Nhà trọ Đình", "Số 9 phố Khương Đình, phường Hạ Đình"),
        ("Nhà trọ P. 302", "Số 1 Láng, phường Đống Đa"),
        ("Nhà trọ Hải", "Số 12 Định Công, tổ dân phố 6, phường Định Công"),
    ];
    let all = found("phuong khuong dinh", &premises);
    assert_eq!(all.len(), 2);
    for typed in ["P. Khương Đình", "p khuong dinh", "P.Khương Đình", "Khương Đình, Hà Nội", "phố Khương Đình"]
    {
        let mut hits = found(typed, &premises);
        hits.sort_unstable_by_key(|name| all.iter().position(|known| known == name));
        assert_eq!(hits, all, "{typed}");
    }
    assert_eq!(found("tổ dân phố 6, định công", &premises), ["Nhà trọ Hải"]);
    assert_eq!(found("to dan pho 6 dinh cong", &premises), ["Nhà trọ Hải"]);
    // Before a number it is a room's, and part of a name.
    assert_eq!(found("p. 302", &premises), ["Nhà trọ P. 302"]);
    assert_eq!(found("p. 303", &premises), Vec::<&str>::new());
}

#[test]
fn a_district_that_is_a_street_or_a_name_is_still_needed() {
    let premises = [
        ("Nhà trọ Hoàng Mai", "Số 5 phố Láng"),
        ("Nhà trọ Một", "Số 5 phố Hoàng Mai, phường Tương Mai"),
        ("Nhà trọ Hai", "Số 5 ngõ 3 phố Vọng"),
    ];
    for typed in ["5 hoàng mai", "5 phố hoàng mai", "số 5 hoang mai"] {
        assert_eq!(found(typed, &premises)[0], "Nhà trọ Một", "{typed}");
        assert!(!found(typed, &premises).contains(&"Nhà trọ Hai"), "{typed}");
    }
    assert_eq!(found("nhà trọ hoàng mai", &premises), ["Nhà trọ Hoàng Mai", "Nhà trọ Một"]);
    assert_eq!(found("hoàng mai", &premises).len(), 2);
    assert_eq!(found("5 ngõ 3 phố vọng, hoàng mai", &premises), ["Nhà trọ Hai"]);
}

#[test]
fn without_a_number_a_query_is_read_once() {
    for (typed, readings) in [("khuong ha", 1), ("a b / c", 1), ("69 khuong ha", 1), ("29/70", 2), ("372 b", 2)] {
        assert_eq!(Query::of(typed).needed().count(), readings, "{typed}");
    }
    let path = Query::of("29 / 70");
    assert_eq!(path.needed().collect::<Vec<_>>(), [vec!["29", "/", "70"], vec!["29/70"], vec!["29", "70"]]);
}

#[test]
fn a_key_of_an_older_version_is_still_found() {
    assert!(Query::of("khuong ha").score("chung cu mini dai phuc so 37 khuong ha").is_some());
    assert_eq!(Query::of("lam").score(""), None);
}

#[test]
fn any_query_is_read_and_any_key_judged_without_panic() {
    let mut random = crate::clock::SeededRandom::new(5);
    let letters: Vec<char> = "aăâ đĐộ/ .,-pq;\u{301}\u{323}\u{309}0Ợİ\n%_\\\"*".chars().collect();
    let text = |random: &mut crate::clock::SeededRandom| -> String {
        (0..random.below(14)).map(|_| letters[random.below(letters.len())]).collect()
    };
    for _ in 0..3000 {
        let (query, name, address) = (text(&mut random), text(&mut random), text(&mut random));
        let key = key_of(&name, &address);
        assert_eq!(key.split('\n').count(), 3, "{name:?} {address:?}");
        let query = Query::of(&query);
        assert_eq!(Query::of(&query.to_string()), query);
        if query.is_empty() {
            assert_eq!(query.score(&key), Some(0));
        } else {
            query.score(&key);
        }
        let own = Query::of(&name);
        assert!(own.score(&key).is_some() != own.is_wordless(), "{name:?} finds itself");
    }
}

#[test]
fn signs_alone_find_nothing_and_an_empty_query_finds_all() {
    let key = key_of("Nhà trọ Hoa Sen", WARD);
    for signs in ["%", "'", "*", "…", " - ", "\u{301}", "\"'%_*"] {
        let query = Query::of(signs);
        assert!(query.is_wordless() && !query.is_empty(), "{signs}");
        assert_eq!(query.score(&key), None, "{signs}");
        assert_eq!(Query::of(&query.to_string()), query, "{signs}: as a database is handed it");
    }
    for empty in ["", "  "] {
        assert!(Query::of(empty).is_empty());
        assert_eq!(Query::of(empty).score(&key), Some(0));
    }
}
