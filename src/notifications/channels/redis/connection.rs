//! A connection to Redis that is noticed when it hangs.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::io::AsyncDNSResolver;
use redis::{AsyncConnectionConfig, ErrorKind, Pipeline, RedisError, RedisFuture, Value};

use super::settings::Redis;
use crate::notifications::channels::guard;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Connection<'a> {
    redis: &'a Redis,
    connection: MultiplexedConnection,
}

impl<'a> Connection<'a> {
    /// Connects and logs in, or says why not.
    pub async fn open(redis: &'a Redis) -> Result<Self, String> {
        // The client asks for the process's, and panics if there is a choice and none was
        // made. Whoever has chosen before is right.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        let config = if redis.is_public { config.set_dns_resolver(PublicOnly) } else { config };
        let client = redis.client();
        let connection = client.get_multiplexed_async_connection_with_config(&config).await;
        match connection {
            Ok(connection) => Ok(Self { redis, connection }),
            Err(error) => Err(explain(redis, &error, CONNECT_TIMEOUT)),
        }
    }

    /// Sends commands and answers the reply to each, errors among them.
    pub async fn send(&mut self, commands: &Pipeline) -> Result<Vec<Value>, String> {
        let replies = self.connection.req_packed_commands(commands, 0, commands.len()).await;
        replies.map_err(|error| explain(self.redis, &error, RESPONSE_TIMEOUT))
    }
}

/// What is said of one that isn't there, whatever is there instead.
const UNREACHABLE: &str = "can't be reached";

/// The same error for whoever is to learn nothing of the network that we stand in.
pub fn without_cause(error: &str) -> &str {
    let is_ours = error.starts_with("Redis at ");
    match error.find(UNREACHABLE).filter(|_| is_ours) {
        Some(start) => &error[..start + UNREACHABLE.len()],
        None => error,
    }
}

/// Resolves names to public addresses, which are then connected to.
struct PublicOnly;

impl AsyncDNSResolver for PublicOnly {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        host: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, port)).await?;
            let public = guard::keep_public(found).map_err(|refused| {
                io::Error::other(format!(
                    "it {refused}, and those are only allowed with REDIS_ALLOW_PRIVATE=true"
                ))
            })?;
            let public: Box<dyn Iterator<Item = SocketAddr> + Send> = Box::new(public.into_iter());
            Ok(public)
        })
    }
}

fn explain(redis: &Redis, error: &RedisError, timeout: Duration) -> String {
    if error.is_timeout() {
        redis.fails(&format!("{UNREACHABLE}: it hasn't answered for {} s", timeout.as_secs()))
    } else if error.is_io_error() || error.kind() == ErrorKind::Parse {
        redis.fails(&format!("{UNREACHABLE}: {error}"))
    } else if error.kind() == ErrorKind::AuthenticationFailed {
        redis.fails("refuses the user or the password")
    } else {
        match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => redis.says(&format!("{code} {detail}")),
            _ => redis.says(&error.to_string()),
        }
    }
}
