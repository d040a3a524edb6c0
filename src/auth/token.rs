//! Bearer and refresh tokens: JWTs that say who and of which generation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::derive;
use crate::error::{Error, Result};

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A request.
    Access,
    /// Getting new tokens, and nothing else.
    Refresh,
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The user.
    #[serde(with = "id_as_text")]
    pub sub: i64,
    /// The generation of the user's tokens; a new password starts the next.
    pub generation: i32,
    pub kind: Kind,
    /// Seconds since 1970.
    pub exp: u64,
}

/// Issues and reads tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    lifetime: Duration,
    refresh_lifetime: Duration,
}

impl Tokens {
    /// Derives the signing key, so that `SECRET_KEY_BASE` itself signs nothing.
    pub fn new(
        secret_key_base: &SecretString,
        lifetime: Duration,
        refresh_lifetime: Duration,
    ) -> Result<Self> {
        let key = derive(secret_key_base, "integratedb: signing tokens, 1");
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        Ok(Self {
            encoding: EncodingKey::from_secret(&key),
            decoding: DecodingKey::from_secret(&key),
            validation,
            lifetime,
            refresh_lifetime,
        })
    }

    /// A new token of this kind.
    pub fn issue(&self, user: i64, generation: i32, kind: Kind) -> Result<String> {
        let lifetime = match kind {
            Kind::Access => self.lifetime,
            Kind::Refresh => self.refresh_lifetime,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(Error::internal)?;
        let bearer = Bearer { sub: user, generation, kind, exp: (now + lifetime).as_secs() };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &bearer, &self.encoding)
            .map_err(Error::internal)
    }

    /// What a token of this kind says; `None` if it isn't one, or not any more.
    pub fn read(&self, token: &str, kind: Kind) -> Option<Bearer> {
        jsonwebtoken::decode::<Bearer>(token, &self.decoding, &self.validation)
            .ok()
            .map(|decoded| decoded.claims)
            .filter(|bearer| bearer.kind == kind)
    }
}

/// RFC 7519 wants `sub` to be a string.
mod id_as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(id: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(secret: &str, lifetime: u64) -> Tokens {
        let lifetime = Duration::from_secs(lifetime);
        Tokens::new(&secret.repeat(32).into(), lifetime, lifetime).unwrap()
    }

    #[test]
    fn a_token_is_good_for_its_kind_and_key_only() {
        let ours = tokens("a", 60);
        let token = ours.issue(7, 2, Kind::Access).unwrap();
        let bearer = ours.read(&token, Kind::Access).unwrap();
        assert_eq!((bearer.sub, bearer.generation), (7, 2));
        assert_eq!(ours.read(&token, Kind::Refresh), None);
        assert_eq!(tokens("b", 60).read(&token, Kind::Access), None);
        assert_eq!(ours.read("not a token", Kind::Access), None);
    }

    #[test]
    fn a_token_ends() {
        let expired = Bearer { sub: 1, generation: 1, kind: Kind::Access, exp: 1 };
        let ours = tokens("a", 60);
        let token = jsonwebtoken::encode(&Header::default(), &expired, &ours.encoding).unwrap();
        assert_eq!(ours.read(&token, Kind::Access), None);
    }
}
