//! `make bench` is not part of `make test`; that its records are still such as the server takes, is.

use std::process::Command;

use serde_json::Value;

#[test]
fn the_benches_still_run_on_a_tenth_of_their_records() {
    let names = ["exchange_1000_inspections", "admit_new", "first_exchange", "admit_trickle", "exchange_20_of_5000"];
    let output = Command::new(env!("CARGO_BIN_EXE_bench")).args(names).env("SMALLER", "10").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let told: Vec<_> = lines.iter().filter_map(|line| line["bench"].as_str()).collect();
    assert_eq!(told, names, "{said}");
    for line in &lines {
        let ratio = line["value"].as_f64().unwrap() / line["limit"].as_f64().unwrap();
        assert!(ratio.is_finite() && ratio > 0.0, "{line}");
    }
}
