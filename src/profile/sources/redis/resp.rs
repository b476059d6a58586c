//! Redis' protocol (RESP 2 and 3), as far as it is spoken here: commands are arrays of texts, and of replies there are the
//! kinds that a lookup can get. It says how far a reply has come, and not what it means.
//!
//! Written by hand because of its weight: decoding by the crate `redis-protocol` adds 8.5 KB after gzip to a module.

use crate::document::json;
use crate::profile::MAX_BYTES;

/// The longest line that is a length, a number, or the text of an error.
const MAX_LINE: usize = 1_024;

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<'b> {
    /// `+OK` or a number.
    Done,
    /// An error: its first word says which.
    Refused(&'b [u8]),
    /// A text, or nothing.
    Text(Option<&'b [u8]>),
    /// Texts one after another: of a map its names and values, and of what is nested its parts. What is no text is an empty one.
    Texts(Vec<&'b [u8]>),
}

/// Why there is no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It ends in the middle.
    More,
    /// It is longer than any profile.
    TooLarge,
    /// It is not this protocol.
    Foreign,
}

/// A command's bytes, which are text.
pub fn command(words: &[impl AsRef<str>]) -> String {
    let number = |number: usize| json::text(&number.into());
    let mut text = ["*", &number(words.len()), "\r\n"].concat();
    for word in words.iter().map(AsRef::as_ref) {
        for part in ["$", &number(word.len()), "\r\n", word, "\r\n"] {
            text.push_str(part);
        }
    }
    text
}

/// What came of replies.
pub struct Come<'b> {
    /// Those that are whole.
    pub replies: Vec<Said<'b>>,
    /// Why there are not as many as were asked for.
    pub lack: Option<Lack>,
    /// The bytes behind them.
    pub rest: &'b [u8],
}

/// Reads so many replies.
#[inline(never)]
pub fn replies(bytes: &[u8], count: u32) -> Come<'_> {
    let mut reader = Reader { rest: bytes };
    let mut replies = Vec::new();
    let mut lack = None;
    while lack.is_none() && replies.len() < count as usize {
        match reader.reply() {
            Ok(said) => replies.push(said),
            Err(why) => lack = Some(why),
        }
    }
    Come { replies, lack, rest: reader.rest }
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    #[inline(never)]
    fn reply(&mut self) -> Result<Said<'b>, Lack> {
        let (kind, line) = self.line()?;
        match kind {
            b'+' | b':' => Ok(Said::Done),
            b'-' => Ok(Said::Refused(line)),
            b'_' => Ok(Said::Text(None)),
            b'$' => Ok(Said::Text(self.text(line)?)),
            _ => {
                let mut left = parts(kind, line)?;
                let mut texts = Vec::new();
                while left > 0 {
                    left -= 1;
                    let (kind, line) = self.line()?;
                    match kind {
                        b'*' | b'%' => left = left.saturating_add(parts(kind, line)?),
                        b'$' => texts.push(self.text(line)?.unwrap_or_default()),
                        _ => texts.push(b""),
                    }
                }
                Ok(Said::Texts(texts))
            }
        }
    }

    /// The kind of what comes, and the rest of its line.
    #[inline(never)]
    fn line(&mut self) -> Result<(u8, &'b [u8]), Lack> {
        let (kind, after) = self.rest.split_first().ok_or(Lack::More)?;
        if !b"$+-:_*%".contains(kind) {
            return Err(Lack::Foreign);
        }
        let Some(end) = after.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
            return Err(if after.len() < MAX_LINE { Lack::More } else { Lack::Foreign });
        };
        let (line, rest) = (after.get(..end), after.get(end + 1..));
        self.rest = rest.unwrap_or_default();
        let line = line.and_then(|line| line.strip_suffix(b"\r"));
        Ok((*kind, line.ok_or(Lack::Foreign)?))
    }

    /// The text whose length a line tells.
    #[inline(never)]
    fn text(&mut self, line: &[u8]) -> Result<Option<&'b [u8]>, Lack> {
        let Some(length) = length(line)? else { return Ok(None) };
        let text = self.rest.get(..length).ok_or(Lack::More)?;
        match self.rest.get(length..length + 2) {
            None => Err(Lack::More),
            Some(b"\r\n") => {
                self.rest = self.rest.get(length + 2..).unwrap_or_default();
                Ok(Some(text))
            }
            Some(_) => Err(Lack::Foreign),
        }
    }
}

/// How many parts an array or a map has.
fn parts(kind: u8, line: &[u8]) -> Result<usize, Lack> {
    Ok(length(line)?.unwrap_or_default() * if kind == b'%' { 2 } else { 1 })
}

/// A length; nothing for the one of what is not there.
#[inline(never)]
fn length(line: &[u8]) -> Result<Option<usize>, Lack> {
    if line == b"-1" {
        return Ok(None);
    }
    if line.is_empty() || !line.iter().all(u8::is_ascii_digit) {
        return Err(Lack::Foreign);
    }
    let number = std::str::from_utf8(line).ok().and_then(|line| line.parse().ok());
    // What no number holds is too large as well.
    number.filter(|length| *length <= MAX_BYTES).map(Some).ok_or(Lack::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(bytes: &[u8]) -> Result<Said<'_>, Lack> {
        let mut come = replies(bytes, 1);
        come.lack.map_or_else(|| Ok(come.replies.remove(0)), Err)
    }

    #[test]
    fn a_command_is_an_array_of_texts_with_their_lengths_in_bytes() {
        assert_eq!(command(&["GET", "grün"]), "*2\r\n$3\r\nGET\r\n$5\r\ngrün\r\n");
    }

    #[test]
    fn the_kinds_of_replies_are_read() {
        assert_eq!(one(b"+OK\r\n"), Ok(Said::Done));
        assert_eq!(one(b":12\r\n"), Ok(Said::Done));
        assert_eq!(one(b"-NOAUTH x\r\n"), Ok(Said::Refused(b"NOAUTH x")));
        assert_eq!(one(b"$-1\r\n"), Ok(Said::Text(None)));
        assert_eq!(one(b"$4\r\na\r\nb\r\n"), Ok(Said::Text(Some(b"a\r\nb"))));
        assert_eq!(one(b"*2\r\n$1\r\na\r\n$0\r\n\r\n"), Ok(Said::Texts(vec![b"a", b""])));
        assert_eq!(one(b"*0\r\n"), Ok(Said::Texts(vec![])));
        assert_eq!(one(b"_\r\n"), Ok(Said::Text(None)));
        assert_eq!(one(b"%1\r\n$1\r\na\r\n$1\r\nb\r\n"), Ok(Said::Texts(vec![b"a", b"b"])));
    }

    #[test]
    fn a_greeting_with_modules_is_read_to_its_end() {
        let greeting = "%2\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*1\r\n%2\r\n$4\r\nname\r\n$6\r\nReJSON\r\n$4\r\nargs\r\n*0\r\n";
        let bytes = [greeting, "$1\r\na\r\n"].concat();
        let come = replies(bytes.as_bytes(), 2);
        assert_eq!((come.replies.last(), come.rest), (Some(&Said::Text(Some(b"a"))), &b""[..]));
        for end in 0..bytes.len() {
            assert_eq!(replies(&bytes.as_bytes()[..end], 2).lack, Some(Lack::More));
        }
    }

    #[test]
    fn what_is_behind_the_replies_is_left() {
        let come = replies(b"+OK\r\n$1\r\na\r\n+", 2);
        let wanted = vec![Said::Done, Said::Text(Some(b"a"))];
        assert_eq!((come.replies, come.lack, come.rest), (wanted, None, &b"+"[..]));
    }

    #[test]
    fn what_is_not_this_protocol_is_told_at_its_first_bytes() {
        for bytes in
            [&b"HTTP/1.1 400"[..], b"\x15\x03", b"$x\r\n", b"$\r\n", b"+OK\n", b"$1\r\nabc", b"*1\r\nx"]
        {
            assert_eq!(one(bytes), Err(Lack::Foreign), "{bytes:?}");
        }
        assert_eq!(one(&[b'-'; 2_000]), Err(Lack::Foreign));
    }

    #[test]
    fn what_is_too_large_is_told_by_its_length_before_it_comes() {
        for bytes in [&b"$10485760\r\n"[..], b"*99999999999999999999999\r\n"] {
            assert_eq!(one(bytes), Err(Lack::TooLarge), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn whole_texts_are_read_back_and_every_part_of_them_lacks_more(texts in prop::collection::vec(".{0,40}", 0..6)) {
            let words: Vec<_> = texts.iter().map(String::as_str).collect();
            let bytes = command(&words).into_bytes();
            let expected: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
            prop_assert_eq!(one(&bytes), Ok(Said::Texts(expected)));
            for end in 0..bytes.len() {
                prop_assert_eq!(one(&bytes[..end]), Err(Lack::More));
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, count in 0_u32..4) {
            let _ = replies(&bytes, count).rest;
        }
    }
}
