//! The desktop app.

// No console window beside the app's on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    ancu_lib::run();
}
