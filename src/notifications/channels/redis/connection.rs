//! A connection to Redis that is noticed when it hangs.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, ErrorKind, Pipeline, RedisError, Value};

use super::settings::Redis;

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

fn explain(redis: &Redis, error: &RedisError, timeout: Duration) -> String {
    if error.is_timeout() {
        redis.fails(&format!("hasn't answered for {} s", timeout.as_secs()))
    } else if error.is_io_error() {
        redis.fails(&format!("can't be reached: {error}"))
    } else if error.kind() == ErrorKind::AuthenticationFailed {
        redis.fails("refuses the user or the password")
    } else {
        match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => redis.says(&format!("{code} {detail}")),
            _ => redis.says(&error.to_string()),
        }
    }
}
