//! A client of websockets that costs next to nothing: it only finds the frames.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

const TEXT: u8 = 0x81;

/// A websocket of which everything is read and nothing said.
#[derive(Debug)]
pub struct Websocket {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Websocket {
    pub async fn open(address: SocketAddr, path: &str, token: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
             upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut received = Vec::with_capacity(1 << 16);
        loop {
            if stream.read_buf(&mut received).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                if received.get(9..12) != Some(b"101") {
                    return Err(String::from_utf8_lossy(&received).into());
                }
                received.drain(..end + 4);
                return Ok(Self { stream, received });
            }
        }
    }

    /// Waits for more, and shows each text that is whole. Fails when the server has
    /// closed.
    pub async fn receive(&mut self, mut each: impl FnMut(&[u8])) -> Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            return Err("the server closed a websocket".into());
        }
        let mut read = 0;
        while let Some((start, end)) = frame(&self.received[read..]) {
            if self.received[read] == TEXT {
                each(&self.received[read + start..read + end]);
            }
            read += end;
        }
        self.received.drain(..read);
        Ok(())
    }
}

/// Where the payload of the first frame begins and ends, if the frame is whole. A
/// server doesn't mask.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match *bytes.get(1)? {
        126 => (4, u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?).into()),
        127 => (10, u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)),
        length => (2, length.into()),
    };
    let end = start + usize::try_from(length).ok()?;
    (bytes.len() >= end).then_some((start, end))
}
