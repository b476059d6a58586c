//! `REDIS_URL`: where Redis is, who asks it, and by which way. It is a secret as a whole: no mistake quotes it.

use crate::document::url;
use crate::seal::secret::Secret;

/// By which way Redis is asked.
#[derive(Debug)]
pub enum Address {
    /// Over a socket.
    Socket(Server),
    /// By its REST form, as Upstash has it.
    Rest {
        /// The whole URL, without the token.
        url: String,
        /// The token.
        token: Secret,
    },
}

/// A server that is spoken to over a socket.
#[derive(Debug)]
pub struct Server {
    /// Host, port and database as they stand in the URL.
    pub place: String,
    /// Its name or address, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The user, when the password is not everybody's.
    pub user: Option<Secret>,
    /// The password.
    pub password: Option<Secret>,
    /// The number of the database, when it is not the first.
    pub database: Option<String>,
}

impl Address {
    /// Reads the URL; an error says what is wrong with it.
    #[inline(never)]
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let scheme =
            ["redis://", "rediss://", "https://"].into_iter().find(|scheme| text.starts_with(scheme));
        let rest = scheme.and_then(|scheme| text.strip_prefix(scheme));
        let rest =
            rest.ok_or("must be redis://[user:]password@host:port/db, rediss://…, or https://token@host")?;
        let (who, rest) = split_last(rest, b'@').unwrap_or(("", rest));
        if let Some(wrong) = url::wrong(&["http://", rest].concat()) {
            return Err(wrong);
        }
        let (user, password) = who.split_once(':').unwrap_or(("", who));
        let (user, password) = (secret(user)?, secret(password)?);
        if scheme == Some("https://") {
            let is_header = |token: &Secret| token.reveal().bytes().all(|byte| byte.is_ascii_graphic());
            let token = password.filter(is_header);
            let token = token.ok_or("must have a token before its host: https://token@host")?;
            return Ok(Self::Rest { url: ["https://", rest].concat(), token });
        }
        if !cfg!(feature = "sockets") {
            return Err("must be https://token@host here, as this runtime has no sockets");
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = split_last(authority, b':').filter(|(_, port)| !port.ends_with(']'));
        let (host, port) = port.unwrap_or((authority, ""));
        if path.len() > 5 || !path.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("must have the number of a database after its host, or nothing");
        }
        Ok(Self::Socket(Server {
            place: rest.to_owned(),
            host: host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned(),
            port: port.parse().unwrap_or(6379),
            tls: scheme == Some("rediss://"),
            user,
            password,
            database: (!matches!(path, "" | "0")).then(|| path.to_owned()),
        }))
    }
}

/// The text before the last of these bytes, and behind it: a character of ASCII.
#[inline(never)]
pub(super) fn split_last(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|each| each == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A user, a password or a token, without its percent-encoding; none when it is empty.
fn secret(part: &str) -> Result<Option<Secret>, &'static str> {
    let text = decoded(part).ok_or("must have its user and password percent-encoded")?;
    Ok((!text.is_empty()).then(|| Secret::new(text)))
}

/// A part of a URL without its percent-encoding.
#[inline(never)]
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        match Address::read(url) {
            Ok(Address::Socket(server)) => server,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn a_url_says_host_port_user_password_and_database() {
        let one = server("rediss://ana:p%40ss:w@[::1]:6380/2");
        assert_eq!(
            (one.host.as_str(), one.port, one.tls, one.database.as_deref()),
            ("::1", 6380, true, Some("2"))
        );
        assert_eq!(one.user.unwrap().reveal(), "ana");
        assert_eq!(one.password.unwrap().reveal(), "p@ss:w");
        let two = server("redis://:secret@cache.example");
        assert_eq!((two.host.as_str(), two.port, two.tls), ("cache.example", 6379, false));
        assert!(two.database.is_none());
        assert!(two.user.is_none() && two.password.is_some_and(|it| it.is("secret")));
        assert!(server("redis://localhost:7000/").password.is_none());
        assert_eq!((server("redis://[::1]").port, server("redis://[::1]/0").host.as_str()), (6379, "::1"));
    }

    #[test]
    fn a_token_before_an_https_host_is_the_rest_form() {
        for url in
            ["https://token@db.example", "https://default:token@db.example", "https://:token@db.example"]
        {
            let Ok(Address::Rest { url, token }) = Address::read(url) else { panic!("{url}") };
            assert_eq!((url.as_str(), token.reveal()), ("https://db.example", "token"));
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for url in [
            "",
            "localhost:6379",
            "http://:hidden@h",
            "https://h",
            "redis://:hidden@",
            "redis://:hidden@h/x",
            "redis://:hidden@h/99999999",
            "redis://:hidden@h:0",
            "redis://:hidden%zz@h",
            "redis://:hidden@h?x=1",
        ] {
            let wrong = Address::read(url).err().unwrap_or_else(|| panic!("{url} is right"));
            assert!(!wrong.contains("hidden"), "{url}: {wrong}");
        }
    }
}
