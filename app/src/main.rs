//! The desktop app.
fn main() {
    ancu_lib::run();
}
