//! `health`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;
use std::time::Duration;

use reqwest::{Client, Url, redirect};
use serde_json::Value;

use super::{fail_as, insight};
use crate::client::lasting;
use crate::config::Listen;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Asks whether it can serve (`/ready`), not only whether it is alive (`/health`)
    #[arg(long)]
    ready: bool,
    /// Where the server is, such as `http://127.0.0.1:4000` [default: HOST and PORT of the settings, by TLS if `TLS_CERTIFICATE` is]
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Prints JSON for programs: what the server answers under `data`; why not likewise
    #[arg(long)]
    json: bool,
    /// How long it may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout_seconds: u64,
}

/// Asks a running server how it is. Exit status 0: well; 1: not, or it could not be asked.
///
/// Never 2, which Docker reserves.
pub async fn run(options: Options) -> ExitCode {
    match ask(&options).await {
        Ok(answer) if options.json => {
            insight::answer(true, &answer, |_| String::new(), ExitCode::SUCCESS)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            fail_as(options.json, error.as_ref());
            ExitCode::from(1)
        }
    }
}

/// What it answers under `data`.
async fn ask(options: &Options) -> Result<Value, Box<dyn std::error::Error>> {
    let mut is_local = false;
    let origin = if let Some(url) = &options.url {
        url.clone()
    } else {
        let Listen { host, port, tls } = Listen::from_env()?;
        is_local = true;
        origin(if tls.is_some() { "https" } else { "http" }, &host, port)?
    };
    let url = origin.join(if options.ready { "/ready" } else { "/health" })?;
    let client = Client::builder()
        // A proxy of the environment leads away from this machine.
        .no_proxy()
        // The certificate is for the name under which others come, not for the loopback.
        .tls_danger_accept_invalid_certs(is_local)
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(options.timeout_seconds))
        .build()?;
    let answer = match client.get(url.clone()).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return Err(lasting(&error).map_or_else(
                || Box::<dyn std::error::Error>::from(error),
                |why| format!("{url}: {why}").into(),
            ));
        }
    };
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    if status.is_success() {
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        return Ok(answer["data"].clone());
    }
    Err(format!("{url} answered {status} {body}").trim_end().into())
}

/// Where a server that listens on `host` is asked from the same machine: one that
/// listens on every address is asked at the loopback.
fn origin(scheme: &str, host: &str, port: u16) -> Result<Url, Box<dyn std::error::Error>> {
    let host = match host.parse() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        Ok(IpAddr::V6(address)) if address.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        Ok(IpAddr::V4(_)) | Err(_) => host.to_owned(),
    };
    Url::parse(&format!("{scheme}://{host}:{port}"))
        .map_err(|error| format!("HOST is `{host}`, which is no host: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_at_the_loopback() {
        for (host, expected) in [
            ("0.0.0.0", "http://127.0.0.1:4000/"),
            ("::", "http://[::1]:4000/"),
            ("10.1.2.3", "http://10.1.2.3:4000/"),
            ("fd00::1", "http://[fd00::1]:4000/"),
            ("localhost", "http://localhost:4000/"),
        ] {
            assert_eq!(origin("http", host, 4000).expect(host).as_str(), expected);
        }
    }

    #[test]
    fn a_host_that_is_none_is_said() {
        let error = origin("http", "a b", 4000).expect_err("no host").to_string();
        assert!(error.starts_with("HOST is `a b`"), "{error}");
    }
}
