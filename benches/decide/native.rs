//! How long it takes to decide natively: prints the nanoseconds a visitor, the median of rounds. It is given two files: a context
//! with features, and an array of visitors' attributes.

#![allow(clippy::unwrap_used, reason = "a program that cannot read what it is given fails")]

use std::hint::black_box;
use std::time::Instant;

use door::sdk::Payload;
use serde_json::Value;

const ROUNDS: usize = 15;

fn main() {
    let mut files = std::env::args().skip(1).map(|file| std::fs::read_to_string(file).unwrap());
    let payload = Payload::new(&serde_json::from_str(&files.next().unwrap()).unwrap());
    let visitors: Vec<Value> = serde_json::from_str(&files.next().unwrap()).unwrap();
    let visitors: Vec<String> = visitors.iter().map(ToString::to_string).collect();
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            for visitor in &visitors {
                black_box(payload.decide(&serde_json::from_str(black_box(visitor)).unwrap()));
            }
            started.elapsed().as_nanos() / u128::try_from(visitors.len()).unwrap().max(1)
        })
        .collect();
    rounds.sort_unstable();
    println!("{}", rounds.get(ROUNDS / 2).unwrap());
}
