//! Generates Tauri's context from tauri.conf.json and the capabilities.

fn main() {
    tauri_build::try_build(tauri_build::Attributes::new().capabilities_path_pattern("./app/capabilities/**/*"))
        .expect("tauri.conf.json and app/capabilities must be valid");
}
