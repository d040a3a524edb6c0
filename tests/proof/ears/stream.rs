//! A reader of a stream of Redis.

use redis::streams::{StreamReadOptions, StreamReadReply};
use tokio::task::JoinHandle;

use crate::ear::Ear;
use crate::support::RedisServer;

/// Reads a stream from its beginning for as long as the task isn't ended, and removes
/// what it has read.
pub async fn listen_at_stream(server: &RedisServer, name: &str, ear: Ear) -> JoinHandle<()> {
    let (name, mut connection) = (name.to_owned(), server.connection().await);
    tokio::spawn(async move {
        let mut last = "0".to_owned();
        loop {
            let options = StreamReadOptions::default().block(1000).count(1000);
            let reply: Option<StreamReadReply> = redis::cmd("XREAD")
                .arg(&options)
                .arg("STREAMS")
                .arg(&name)
                .arg(&last)
                .query_async(&mut connection)
                .await
                .expect("a reply");
            let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
            for entry in entries {
                let event: String = entry.get("event").expect("an event");
                ear.hear(&serde_json::from_str(&event).expect("JSON"));
                last = entry.id;
            }
            let trim: redis::RedisResult<i64> = redis::cmd("XTRIM")
                .arg(&[&name, "MINID", &last])
                .query_async(&mut connection)
                .await;
            trim.expect("a reply");
        }
    })
}
