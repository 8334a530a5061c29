//! Where no window can be opened: a plain sentence in both languages, in place of a library's panic.
//!
//! Invariant: whoever starts the app without a display reads what to do; nothing was written and nothing is lost.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

/// What is said; the reason stands behind it.
const SENTENCES: [&str; 2] = [
    "An Cư không mở được cửa sổ: ở đây không có màn hình, hoặc chương trình không được dùng màn hình. Hãy chạy lại trong \
     phiên làm việc có màn hình (biến DISPLAY hoặc WAYLAND_DISPLAY), hoặc dùng dòng lệnh: ancu-field --help. Dữ liệu trên máy \
     vẫn nguyên.",
    "An Cư cannot open its window: there is no display here, or the program may not use it. Start it again in a session with \
     a display (DISPLAY or WAYLAND_DISPLAY), or use the command line: ancu-field --help. The data on this device are \
     untouched.",
];

/// Opens the window; `None` after saying why it cannot be.
pub(crate) fn opening<T, E: std::fmt::Display>(open: impl FnOnce() -> Result<T, E>) -> Option<T> {
    if let Some(reason) = lacking(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
        say(reason);
        return None;
    }
    caught(open)
}

/// The same where there seems to be a display.
fn caught<T, E: std::fmt::Display>(open: impl FnOnce() -> Result<T, E>) -> Option<T> {
    // The window's library panics where the display cannot be reached; its words are for programmers.
    let hook = take_hook();
    set_hook(Box::new(|panic| tracing::debug!(%panic, "opening the window")));
    let opened = catch_unwind(AssertUnwindSafe(open));
    set_hook(hook);
    match opened {
        Ok(Ok(opened)) => Some(opened),
        Ok(Err(error)) => {
            say(&error.to_string());
            None
        }
        Err(_) => {
            say("GTK");
            None
        }
    }
}

/// What this system needs for a window and does not have.
fn lacking(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let needed = cfg!(all(unix, not(any(target_os = "macos", target_os = "android", target_os = "ios"))));
    (needed && !has("DISPLAY") && !has("WAYLAND_DISPLAY")).then_some("DISPLAY, WAYLAND_DISPLAY")
}

fn say(reason: &str) {
    let mut err = std::io::stderr().lock();
    // Nobody is left to be told where this cannot be written either.
    let _told = SENTENCES.iter().try_for_each(|sentence| writeln!(err, "{sentence}"));
    let _told = writeln!(err, "({reason})");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_library_and_its_refusal_are_none() {
        // The tests' own display, or none: what is tried here needs neither.
        assert_eq!(lacking(|_| true), None);
        #[cfg(target_os = "linux")]
        {
            assert_eq!(lacking(|_| false), Some("DISPLAY, WAYLAND_DISPLAY"));
            assert_eq!(lacking(|name| name == "WAYLAND_DISPLAY"), None);
        }
        assert!(SENTENCES.iter().all(|sentence| sentence.contains("ancu-field --help")));
        assert!(caught(|| -> Result<(), String> { panic!("no GTK") }).is_none());
        assert!(caught(|| Err::<(), _>("no GTK")).is_none());
        assert_eq!(caught(|| Ok::<_, String>(7)), Some(7));
    }
}
