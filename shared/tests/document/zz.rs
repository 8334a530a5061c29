#[test]
fn floats() {
    use ancu_shared::clock::SeededRandom;
    use ancu_shared::record::value::Scalar;
    let mut r = SeededRandom::new(1);
    let mut bad = 0;
    for _ in 0..100000 {
        let f = 20.9 + (r.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * 0.3;
        let t = serde_json::to_string(&Scalar::Number(f)).unwrap();
        let b: Scalar = serde_json::from_str(&t).unwrap();
        if b != Scalar::Number(f) { bad += 1; }
    }
    panic!("{bad}");
}
