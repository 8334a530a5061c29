//! The Tauri shell.

/// Starts the app's window.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    tauri::Builder::default().run(tauri::generate_context!()).expect("the window could not be opened");
}
