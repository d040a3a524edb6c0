//! Where traces go and which are told, as OpenTelemetry's settings say it.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::Context;

/// What a tracer runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The collector, without `/v1/traces`.
    pub endpoint: String,
    /// Headers of every request to it, of which some are secrets.
    pub headers: Vec<(String, SecretString)>,
    /// What the program is, beside its name and version.
    pub resource: Vec<(String, String)>,
    pub service: String,
    pub sampler: Sampler,
}

/// Which requests are traced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampler {
    /// Whether what the caller does counts more.
    pub follows_parent: bool,
    /// What share of the others, from 0 to 1.
    pub ratio: f64,
}

impl Sampler {
    /// The samplers by their names, as far as they exist here.
    pub const NAMES: &[&str] = &[
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
        "always_on",
        "always_off",
        "traceidratio",
    ];

    /// The sampler of one of these names.
    pub fn named(name: &str, ratio: f64) -> Self {
        let of_parent = name.strip_prefix("parentbased_");
        let ratio = match of_parent.unwrap_or(name) {
            "always_off" => 0.0,
            "traceidratio" => ratio,
            _ => 1.0,
        };
        Self { follows_parent: of_parent.is_some(), ratio }
    }

    /// Whether a request is to be traced.
    pub fn wants(self, parent: Option<&Context>) -> bool {
        match parent {
            Some(parent) if self.follows_parent => parent.is_sampled,
            _ => rand::random::<f64>() < self.ratio,
        }
    }
}

/// Reads `key=value,key=value`, its values percent-encoded.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or("must be key=value pairs with commas between")?;
            let value = percent_decode_str(value.trim()).decode_utf8();
            let value = value.map_err(|_| "has a value that is no text")?;
            Ok((key.trim().to_owned(), value.into_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_resources_are_pairs() {
        let expected = [("a".to_owned(), "b c".to_owned()), ("d".to_owned(), "e=f".to_owned())];
        assert_eq!(pairs("a=b%20c, d=e=f,").unwrap(), expected);
        assert!(pairs("a").is_err() && pairs("=b").is_err() && pairs("a=%ff").is_err());
    }

    #[test]
    fn the_caller_decides_where_it_is_to() {
        let parent =
            Context::read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").unwrap();
        assert!(!Sampler::named("parentbased_always_on", 1.0).wants(Some(&parent)));
        assert!(Sampler::named("parentbased_always_on", 1.0).wants(None));
        assert!(Sampler::named("always_on", 0.0).wants(Some(&parent)));
        assert!(!Sampler::named("parentbased_traceidratio", 0.0).wants(None));
    }
}
