//! Finding premises on the device, and what is said before everything is here.

use ancu_field::status::{DeviceStatus, Loading};
use ancu_shared::error::ErrorCode;
use ancu_shared::role::Role;
use ancu_shared::view::{FacilitySummary, Page};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, PIN, template};

const STREET: &str = "Số 5 Khương Hạ, phường Khương Đình";

fn list(device: &Device, command: Value) -> Page<FacilitySummary> {
    let mut whole = json!({ "command": "facility_list" });
    for (name, value) in command.as_object().expect("fields") {
        whole[name] = value.clone();
    }
    device.tell(whole)
}

fn found(device: &Device, query: &str) -> Vec<String> {
    list(device, json!({ "query": query })).items.into_iter().map(|summary| summary.name).collect()
}

#[test]
fn the_best_hit_comes_first() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    for (name, address) in [
        ("Nhà trọ An Khang", "Số 12 phố An Trạch, phường Khương Đình"),
        ("Nhà trọ Bình Minh", "Số 3 An Phú, phường Khương Đình"),
        ("Nhà trọ An Phú", STREET),
        ("Nhà trọ Phúc An", STREET),
    ] {
        an.premises(name, address);
    }
    assert_eq!(found(&an, "an phu"), ["Nhà trọ An Phú", "Nhà trọ Bình Minh", "Nhà trọ Phúc An"]);
    assert_eq!(found(&an, "phú"), ["Nhà trọ An Phú", "Nhà trọ Phúc An", "Nhà trọ Bình Minh"]);
    assert_eq!(found(&an, "khang"), ["Nhà trọ An Khang"]);
    assert_eq!(found(&an, "phường").len(), 4, "alone, the word is looked for itself");
    assert_eq!(found(&an, "\"%_*'); --").len(), 0, "signs alone find nothing");
    assert!(found(&an, "khang hoa").is_empty());
}

#[test]
fn a_whole_postal_address_is_found() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    an.premises("Nhà trọ Hoa Sen", "Số 7B ngõ 29 phố Khương Hạ");
    an.premises("Nhà trọ Hoa Cúc", "Số 5 Vũ Tông Phan, phường Khương Đình");
    an.premises("Nhà trọ Hoa Mai", "79 Hoàng Văn Thái, phường Khương Trung");
    for (typed, expected) in [
        ("7B ngõ 29, phố Khương Hạ, phường Khương Đình, quận Thanh Xuân, Hà Nội", &["Nhà trọ Hoa Sen"][..]),
        ("79 p. hoàng văn thái", &["Nhà trọ Hoa Mai"]),
        ("Khương Đình, Hà Nội", &["Nhà trọ Hoa Cúc"]),
        ("P. Khương Đình", &["Nhà trọ Hoa Cúc"]),
        ("9B ngõ 29, phố Khương Hạ, phường Khương Đình, quận Thanh Xuân, Hà Nội", &[]),
        ("7B ngõ 29, phố Vũ Hữu, phường Khương Đình, quận Thanh Xuân, Hà Nội", &[]),
    ] {
        assert_eq!(found(&an, typed), expected, "{typed}");
    }
}

#[test]
fn a_house_is_found_as_its_door_and_its_lane_are_written() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    an.premises("Nhà trọ Hoa Sen", "Số 106, ngách 29/70 phố Khương Hạ, phường Khương Đình");
    an.premises("Nhà trọ Hoa Mai", "Số 372B phố Khương Đình, phường Khương Đình");
    for typed in ["106/29/70", "29 / 70", "so 106 ngach 29/70", "106 ngách 29/70"] {
        assert_eq!(found(&an, typed), ["Nhà trọ Hoa Sen"], "{typed}");
    }
    for typed in ["372 B", "372b khuong dinh", "372 k"] {
        assert_eq!(found(&an, typed), ["Nhà trọ Hoa Mai"], "{typed}");
    }
}

#[test]
fn what_was_renamed_is_found_by_its_new_name_everywhere() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    let facility = an.premises("Nhà trọ Hoa Sen", STREET);
    an.inspect(facility);
    let edit = json!({ "command": "facility_edit", "id": facility, "fields": { "name": "Karaoke Sao Mai" } });
    an.tell::<Value>(edit);
    assert!(found(&an, "hoa sen").is_empty());
    assert_eq!(found(&an, "sao mai"), ["Karaoke Sao Mai"]);
    let today = an.today();
    assert_eq!(today.in_progress[0].facility_name, "Karaoke Sao Mai");
    assert!(today.in_progress[0].unsent);
    an.sync();
    let today = an.today();
    assert!(!today.in_progress[0].unsent);
}

#[test]
fn of_equal_hits_the_nearest_comes_first_and_pages_follow_on() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    for (number, north) in [(1, 21.03), (2, 21.01), (3, 21.02), (4, 21.0)] {
        an.tell::<Value>(json!({ "command": "facility_create", "fields": {
            "name": format!("Nhà trọ Lan {number}"), "class": if number == 4 { "boarding_house" } else { "mini_apartment" },
            "address": STREET, "latitude": north, "longitude": 105.8,
        } }));
    }
    let near = json!({ "latitude": 21.0, "longitude": 105.8 });
    let page = |offset: u64| list(&an, json!({ "query": "lan", "near": near, "offset": offset, "limit": 2 }));
    let names = |page: &Page<FacilitySummary>| page.items.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let (first, second) = (page(0), page(2));
    assert_eq!(names(&first), ["Nhà trọ Lan 4", "Nhà trọ Lan 2"]);
    assert_eq!(names(&second), ["Nhà trọ Lan 3", "Nhà trọ Lan 1"]);
    assert_eq!((first.total, first.next.as_deref(), second.next), (4, Some("2"), None));
    let metres = first.items[1].distance_m.expect("a distance");
    assert!((1_000.0..1_250.0).contains(&metres), "{metres}");
    let only = list(&an, json!({ "query": "lan", "class": "mini_apartment", "near": near }));
    assert_eq!((names(&only)[0].as_str(), only.total), ("Nhà trọ Lan 2", 3));
    let everything = list(&an, json!({ "near": near, "limit": 1 }));
    assert_eq!((names(&everything), everything.total), (vec!["Nhà trọ Lan 4".to_owned()], 4));
    let by_name = list(&an, json!({ "class": "mini_apartment", "offset": 1, "limit": 5 }));
    assert_eq!((names(&by_name), by_name.total), (vec!["Nhà trọ Lan 2".to_owned(), "Nhà trọ Lan 3".to_owned()], 3));
    assert_eq!(list(&an, json!({ "query": "lan", "offset": 9 })).items, []);
}

#[test]
fn doubles_are_found_by_name_address_and_place() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    an.tell::<Value>(json!({ "command": "facility_create", "fields": {
        "name": "Nhà trọ Hoa Sen", "class": "mini_apartment", "address": "Số 37, ngách 29/70 Khương Hạ",
        "latitude": 21.0, "longitude": 105.8,
    } }));
    let alike = |fields: Value| -> usize {
        an.tell::<Vec<FacilitySummary>>(json!({ "command": "facility_duplicates", "fields": fields })).len()
    };
    assert_eq!(alike(json!({ "name": "nha tro hoa sen" })), 1);
    assert_eq!(alike(json!({ "address": "37 ngõ 29 ngách 29/70 phố Khương Hạ" })), 1);
    assert_eq!(alike(json!({ "latitude": 21.0002, "longitude": 105.8 })), 1, "22 m");
    assert_eq!(alike(json!({ "latitude": 21.0004, "longitude": 105.8 })), 0, "44 m");
    assert_eq!(alike(json!({ "name": "Khác", "address": "Số 38 Khương Hạ" })), 0);
    assert_eq!(alike(json!({})), 0);
}

#[test]
fn until_the_first_pull_is_complete_the_device_says_that_it_loads() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    for number in 0..7 {
        an.premises(&format!("Nhà trọ {number}"), STREET);
    }
    an.sync();
    assert_eq!(an.engine.status().expect("status").loading, None);

    let binh = Device::fresh(&city, 2, NOON);
    let link = city.link("Bình", Role::CommuneDataOfficer, "OFFICER-2");
    let enrol = json!({ "command": "enrol", "link": link, "pin": PIN, "device_name": "Máy Bình" });
    let status: DeviceStatus = binh.tell(enrol);
    assert_eq!(status.loading, Some(Loading::default()), "nothing is here, and that is not all");
    // The network goes after the first of three pages.
    let (second, third) = (city.clone(), city.clone());
    city.state().meanwhile = Some(Box::new(move || {
        second.state().meanwhile = Some(Box::new(move || third.state().down = true));
    }));
    let status: DeviceStatus = binh.tell(json!({ "command": "exchange_wait" }));
    assert_eq!(status.exchange.problem.expect("no network").known_code(), ErrorCode::ServerUnreachable);
    let partly = Some(Loading { facilities: 3, records: 3 });
    assert_eq!(status.loading, partly);
    let binh = binh.crash();
    assert_eq!(binh.engine.status().expect("status").loading, partly, "a kill does not make it whole");
    assert_eq!(list(&binh, json!({})).total, 3);
    city.state().down = false;
    binh.sync();
    let status = binh.engine.status().expect("status");
    assert_eq!((status.loading, list(&binh, json!({})).total), (None, 7));
    let binh = binh.crash();
    assert_eq!(binh.engine.status().expect("status").loading, None);
}
