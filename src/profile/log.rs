//! What is worth a line in the log: the first failure of each kind in a minute, so that what lasts is told again and
//! again, and a flood never is.

/// How long a kind of failure is not told again, in milliseconds.
pub const QUIET_MS: u64 = 60_000;
/// How many kinds are told apart; more make it tell some again.
const KINDS: usize = 64;

/// Lines that are to be written, and which kinds were told lately.
#[derive(Debug, Default)]
pub struct Log {
    told: Vec<(String, u64)>,
    lines: Vec<String>,
}

impl Log {
    /// Says `line`, unless something of this kind was said within the minute.
    pub fn tell(&mut self, kind: &str, now_ms: u64, line: impl FnOnce() -> String) {
        self.told.retain(|(_, at_ms)| now_ms.saturating_sub(*at_ms) < QUIET_MS);
        if self.told.iter().any(|(told, _)| told == kind) {
            return;
        }
        if self.told.len() >= KINDS {
            self.told.clear();
        }
        self.told.push((kind.to_owned(), now_ms));
        self.lines.push(format!("pintle: {}", line()));
    }

    /// The lines that are to be written now; each is taken once.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_once_a_minute() {
        let mut log = Log::default();
        for now_ms in [0, 1, QUIET_MS - 1, QUIET_MS] {
            log.tell("kv: deadline", now_ms, || format!("at {now_ms}"));
        }
        log.tell("kv: unreachable", 0, || "another kind".to_owned());
        assert_eq!(log.take(), ["pintle: at 0", "pintle: at 60000", "pintle: another kind"]);
        assert_eq!(log.take(), Vec::<String>::new());
    }

    #[test]
    fn it_never_remembers_more_kinds_than_it_has_room_for() {
        let mut log = Log::default();
        for kind in 0..10 * KINDS {
            log.tell(&kind.to_string(), 0, String::new);
            assert!(log.told.len() <= KINDS);
        }
    }
}
