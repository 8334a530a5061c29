//! Slows down guessing: tries in the last minute, by key (an account seen from an address) and by address as a whole.
//!
//! Invariants: a try is counted before it is judged, so that tries at the same time cannot pass the limit together; one that
//! was good is given back; memory is bounded. What it does not do: lock accounts, so that nobody can lock out somebody else
//! from another address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use ancu_shared::clock::UtcMillis;

const WINDOW_MILLIS: i64 = 60_000;
const MOST_KEYS: usize = 20_000;
/// An address may hold a whole office: it is allowed so many times what one account is.
const ACCOUNTS_AN_ADDRESS: u32 = 5;

type Tries = HashMap<String, (UtcMillis, u32)>;

/// Counts tries.
#[derive(Debug)]
pub struct Throttle {
    allowed: u32,
    tries: Mutex<Tries>,
}

/// A try that was counted; hand it to [`Throttle::give_back`] if it was good. Dropped, it stays counted.
#[derive(Debug)]
#[must_use = "a good try is given back"]
pub struct Try {
    counted: [(String, UtcMillis); 2],
}

impl Throttle {
    /// Allows so many failures a minute and key.
    pub fn new(allowed: u32) -> Self {
        Self { allowed, tries: Mutex::new(HashMap::new()) }
    }

    /// Counts a try at something from an address; `None` if it may not be made now.
    pub fn take(&self, what: &str, address: IpAddr, now: UtcMillis) -> Option<Try> {
        let place = place(address);
        let key = format!("{what}|{place}");
        let mut tries = self.tries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tries.len() >= MOST_KEYS {
            tries.retain(|_, (since, _)| now.since(*since) < WINDOW_MILLIS);
            if tries.len() >= MOST_KEYS {
                tries.clear();
            }
        }
        let limits = [(&key, self.allowed), (&place, self.allowed.saturating_mul(ACCOUNTS_AN_ADDRESS))];
        if limits.into_iter().any(|(key, most)| counted(&tries, key, now) >= most) {
            return None;
        }
        Some(Try { counted: [key, place].map(|key| count(&mut tries, key, now)) })
    }

    /// Whether it is the first of its kind from an address within a minute.
    pub fn is_first(&self, what: &str, address: IpAddr, now: UtcMillis) -> bool {
        let key = format!("{what}|{}", place(address));
        let mut tries = self.tries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let first = counted(&tries, &key, now) == 0;
        count(&mut tries, key, now);
        first
    }

    /// Takes a good try off the count.
    pub fn give_back(&self, good: Try) {
        let mut tries = self.tries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (key, window) in good.counted {
            // A later window never counted it.
            if let Some((since, count)) = tries.get_mut(&key)
                && *since == window
            {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    tries.remove(&key);
                }
            }
        }
    }
}

fn counted(tries: &Tries, key: &str, now: UtcMillis) -> u32 {
    tries.get(key).map_or(0, |(since, count)| if now.since(*since) >= WINDOW_MILLIS { 0 } else { *count })
}

/// Counts one, and says in which window.
fn count(tries: &mut Tries, key: String, now: UtcMillis) -> (String, UtcMillis) {
    let entry = tries.entry(key.clone()).or_insert((now, 0));
    if now.since(entry.0) >= WINDOW_MILLIS {
        *entry = (now, 0);
    }
    entry.1 = entry.1.saturating_add(1);
    (key, entry.0)
}

/// Where an address belongs: a line has 2^64 addresses of IPv6, and one of IPv4.
pub(crate) fn place(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn fails(throttle: &Throttle, what: &str, address: IpAddr, at: i64) -> bool {
        throttle.take(what, address, UtcMillis(at)).is_some()
    }

    #[test]
    fn a_minute_later_one_may_try_again_and_others_always_could() {
        let throttle = Throttle::new(2);
        for _ in 0..2 {
            assert!(fails(&throttle, "a", HERE, 0));
        }
        assert!(!fails(&throttle, "a", HERE, 59_999));
        assert!(fails(&throttle, "b", HERE, 59_999));
        assert!(fails(&throttle, "a", "10.0.0.1".parse().expect("address"), 59_999));
        assert!(fails(&throttle, "a", HERE, 60_000));
    }

    #[test]
    fn tries_under_way_count_and_good_ones_are_given_back() {
        let throttle = Throttle::new(2);
        let first = throttle.take("a", HERE, UtcMillis(0)).expect("first");
        let second = throttle.take("a", HERE, UtcMillis(0)).expect("second");
        assert!(throttle.take("a", HERE, UtcMillis(0)).is_none(), "two are under way");
        throttle.give_back(first);
        assert!(fails(&throttle, "a", HERE, 1));
        // Given back too late, it takes nothing off the next minute's count.
        assert!(fails(&throttle, "a", HERE, 60_000));
        throttle.give_back(second);
        assert!(fails(&throttle, "a", HERE, 60_001));
        assert!(!fails(&throttle, "a", HERE, 60_002));
    }

    #[test]
    fn an_address_cannot_go_through_all_accounts() {
        let throttle = Throttle::new(2);
        for number in 0..10 {
            assert!(fails(&throttle, &format!("account {number}"), HERE, 0));
        }
        assert!(!fails(&throttle, "another account", HERE, 0));
        // The same line under another of its addresses, and under IPv4 written as IPv6.
        assert!(!fails(&throttle, "another account", "::ffff:127.0.0.1".parse().expect("address"), 0));
        for number in 0..10 {
            let address = format!("2001:db8:0:1::{number:x}").parse().expect("address");
            assert!(fails(&throttle, &format!("account {number}"), address, 0));
        }
        assert!(!fails(&throttle, "another account", "2001:db8:0:1:ffff::1".parse().expect("address"), 0));
        assert!(fails(&throttle, "another account", "2001:db8:0:2::1".parse().expect("address"), 0));
    }
}
