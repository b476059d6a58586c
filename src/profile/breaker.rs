//! The circuit breaker: a source that fails again and again is left alone for a while.
//!
//! Without it every first view would wait its whole budget for a source that is down. It is kept per
//! isolate, one for each source.

/// How many failures in a row open the circuit.
pub const THRESHOLD: u32 = 5;
/// How long it stays open, in milliseconds.
pub const PAUSE_MS: u64 = 30_000;

/// The state of one source.
#[derive(Debug, Default)]
pub struct Breaker {
    failures_in_a_row: u32,
    open_until_ms: u64,
}

impl Breaker {
    /// Whether the source may be asked at `now_ms`. After the pause one request is let through to try
    /// it, while the others go on waiting for what it finds.
    pub fn allows(&mut self, now_ms: u64) -> bool {
        if self.failures_in_a_row < THRESHOLD {
            return true;
        }
        let is_over = now_ms >= self.open_until_ms;
        if is_over {
            self.open_until_ms = now_ms.saturating_add(PAUSE_MS);
        }
        is_over
    }

    /// Notes that the source answered.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// Notes that it failed; `true` when this is what opened the circuit.
    pub fn failed(&mut self, now_ms: u64) -> bool {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        if self.failures_in_a_row >= THRESHOLD {
            self.open_until_ms = now_ms.saturating_add(PAUSE_MS);
        }
        self.failures_in_a_row == THRESHOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken_at(now_ms: u64) -> Breaker {
        let mut breaker = Breaker::default();
        let opened: Vec<bool> = (0..THRESHOLD).map(|_| breaker.failed(now_ms)).collect();
        assert_eq!(opened, [false, false, false, false, true]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_the_circuit() {
        let mut breaker = Breaker::default();
        for _ in 1..THRESHOLD {
            breaker.failed(0);
            assert!(breaker.allows(0));
        }
        breaker.failed(0);
        assert!(!breaker.allows(0));
    }

    #[test]
    fn an_answer_in_between_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        for _ in 0..10 * THRESHOLD {
            breaker.failed(0);
            breaker.answered();
        }
        assert!(breaker.allows(0));
    }

    #[test]
    fn after_the_pause_one_request_tries_and_the_others_wait() {
        let mut breaker = broken_at(0);
        assert!(!breaker.allows(PAUSE_MS - 1));
        assert!(breaker.allows(PAUSE_MS));
        assert!(!breaker.allows(PAUSE_MS));
        breaker.failed(PAUSE_MS + 10);
        assert!(!breaker.allows(2 * PAUSE_MS));
        assert!(breaker.allows(2 * PAUSE_MS + 10));
        breaker.answered();
        assert!(breaker.allows(2 * PAUSE_MS + 11));
    }
}
