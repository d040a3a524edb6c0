//! The conversation with a client: what the server says and when, whatever it is
//! written in.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::websocket::Incoming;
use super::{Farewell, Said, Say};
use crate::changes::Position;
use crate::notifications::{Heard, Outgoing, Subscription};

/// How long a client may leave questions unanswered.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a client has to answer a farewell.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// All that a client may say.
const UNDERSTOOD: &str = r#"must be {"type":"ack","id":"…"} with the id of an event that was sent"#;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Message {
    /// Everything up to the event with this id has been processed.
    Ack { id: String },
}

/// One client's conversation.
pub struct Conversation<P> {
    subscription: Subscription,
    /// What the client says, if it can say anything.
    client: Option<Incoming<P>>,
    guard: oneshot::Receiver<Farewell>,
    questions: Interval,
    /// When the client said something last.
    said_at: Instant,
    stage: Stage,
    /// Events on their way, empty in between.
    events: Vec<Arc<Outgoing>>,
}

enum Stage {
    Greeting,
    Talking,
    Over,
}

impl<P, E> Conversation<P>
where
    P: Stream<Item = Result<Bytes, E>> + Unpin,
{
    /// Begins a conversation. The client is asked at this interval whether it is there.
    pub fn new(
        subscription: Subscription,
        client: Option<Incoming<P>>,
        guard: oneshot::Receiver<Farewell>,
        interval: Duration,
    ) -> Self {
        let now = Instant::now();
        let mut questions = interval_at(now + interval, interval);
        questions.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (stage, events) = (Stage::Greeting, Vec::new());
        Self { subscription, client, guard, questions, said_at: now, stage, events }
    }

    /// What is sent, chunk by chunk. It goes on only as fast as the client takes it, and
    /// ends the subscription when it is dropped.
    pub fn written(
        self,
        write: fn(&mut BytesMut, &Say),
    ) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold((self, Vec::new()), move |(mut conversation, mut says)| async move {
            if !conversation.next(&mut says).await {
                return None;
            }
            let mut out = BytesMut::with_capacity(says.iter().map(length).sum());
            for say in says.drain(..) {
                write(&mut out, &say);
            }
            Some((Ok(out.freeze()), (conversation, says)))
        })
    }

    /// Waits until there is something to say; answers whether there was, before the end.
    async fn next(&mut self, says: &mut Vec<Say>) -> bool {
        match self.stage {
            Stage::Greeting => {
                self.stage = Stage::Talking;
                let (from, channel) =
                    (self.subscription.after.lsn, self.subscription.channel.clone());
                says.push(Say::Subscribed { from, channel });
                true
            }
            Stage::Talking => self.talk(says).await,
            Stage::Over => {
                self.hear_out().await;
                false
            }
        }
    }

    async fn talk(&mut self, says: &mut Vec<Say>) -> bool {
        let farewell = loop {
            // In this order: who may no longer listen hears nothing more, and a flood of
            // events doesn't keep the client from being heard.
            tokio::select! {
                biased;
                farewell = &mut self.guard => break farewell.unwrap_or(Farewell::Stopping),
                said = said(&mut self.client) => {
                    self.said_at = Instant::now();
                    match said {
                        None => return false,
                        Some(said) => match self.answer(said) {
                            Ok(None) => {}
                            Ok(Some(answer)) => {
                                says.push(answer);
                                return true;
                            }
                            Err(farewell) => break farewell,
                        },
                    }
                }
                _ = self.questions.tick() => match self.patience() {
                    Ok(question) => {
                        says.push(question);
                        return true;
                    }
                    Err(farewell) => break farewell,
                },
                heard = self.subscription.next(&mut self.events) => match heard {
                    Heard::Events => {
                        says.extend(self.events.drain(..).map(Say::Event));
                        return true;
                    }
                    Heard::Cut(cut) => break Farewell::of(cut, self.subscription.heard()),
                },
            }
        };
        tracing::debug!(?farewell, "a stream ends");
        says.push(Say::Farewell(farewell));
        self.stage = Stage::Over;
        true
    }

    fn answer(&self, said: Said) -> Result<Option<Say>, Farewell> {
        match said {
            Said::Text(text) => self.acknowledge(&text).map(|()| None),
            Said::AreYouThere(question) => Ok(Some(Say::Here(question))),
            Said::Here => Ok(None),
            Said::Farewell(code) => Err(Farewell::Likewise(code)),
            Said::Wrong(farewell) => Err(farewell),
        }
    }

    fn acknowledge(&self, text: &[u8]) -> Result<(), Farewell> {
        let position = serde_json::from_slice(text)
            .ok()
            .and_then(|Message::Ack { id }| id.parse::<Position>().ok());
        match position {
            Some(position) if self.subscription.acknowledge(position) => Ok(()),
            _ => Err(Farewell::NotUnderstood(UNDERSTOOD)),
        }
    }

    /// The next question, unless the client has left too many unanswered. One that has
    /// stopped reading doesn't answer either, and hears what it can do about that.
    fn patience(&self) -> Result<Say, Farewell> {
        let is_silent = self.client.is_some() && self.said_at.elapsed() >= PATIENCE;
        match is_silent {
            true if self.subscription.is_cut() => Err(Farewell::TooSlow(self.subscription.heard())),
            true => Err(Farewell::Silent),
            false => Ok(Say::AreYouThere),
        }
    }

    /// Waits a moment for the client's farewell: to hang up on what it has still said
    /// could take ours from it.
    async fn hear_out(&mut self) {
        if let Some(client) = &mut self.client {
            let last_words = async {
                while let Some(said) = client.next().await {
                    if matches!(said, Said::Farewell(_) | Said::Wrong(_)) {
                        break;
                    }
                }
            };
            drop(timeout(LAST_WORDS, last_words).await);
        }
    }
}

async fn said<P, E>(client: &mut Option<Incoming<P>>) -> Option<Said>
where
    P: Stream<Item = Result<Bytes, E>> + Unpin,
{
    match client {
        Some(client) => client.next().await,
        None => pending().await,
    }
}

/// How many bytes something takes when it is written, more or less.
fn length(say: &Say) -> usize {
    match say {
        Say::Event(event) => event.body.len() + 48,
        _ => 128,
    }
}
