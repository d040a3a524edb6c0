//! A batch of events as commands, and what Redis answers to them.
//!
//! The commands are a transaction: so either all of them take effect, or none that
//! follows one that doesn't. A Redis that is full and then isn't would otherwise take
//! an event after having refused the one before it.

use redis::{Cmd, Pipeline, ServerError, Value};

use super::settings::{Redis, Target};
use crate::notifications::Outgoing;

pub(super) struct Batch {
    commands: Pipeline,
    count: usize,
}

/// What became of a batch: so many of its first events arrived, and what was the
/// matter with the next one.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    pub arrived: usize,
    pub failure: Option<String>,
}

impl Batch {
    pub fn of<'a>(events: impl Iterator<Item = &'a Outgoing>, target: &Target) -> Self {
        let mut commands = Pipeline::new();
        commands.cmd("MULTI");
        for event in events {
            commands.add_command(command(event, target));
        }
        let count = commands.len() - 1;
        commands.cmd("EXEC");
        Self { commands, count }
    }

    pub fn commands(&self) -> &Pipeline {
        &self.commands
    }

    /// Reads the replies, one for each command.
    pub fn outcome(&self, replies: &[Value], redis: &Redis) -> Outcome {
        let single = replies.get(1..=self.count).unwrap_or_default();
        let results = match replies.last() {
            Some(Value::Array(results)) => results,
            // Without the right to MULTI, each command took effect on its own.
            _ => single,
        };
        let arrived = results.iter().take_while(|result| has_arrived(result)).count();
        if arrived == self.count {
            return Outcome { arrived, failure: None };
        }
        // A command that can't be queued says why; EXEC says only that one couldn't.
        let refusal = results[arrived..].iter().chain(replies).find_map(refusal);
        let failure = match refusal {
            Some(refusal) => redis.says(&words(refusal)),
            None => redis.says("something that is no answer to what was sent"),
        };
        Outcome { arrived, failure: Some(failure) }
    }
}

fn command(event: &Outgoing, target: &Target) -> Cmd {
    match target {
        Target::Stream { name, maxlen } => {
            let mut command = Cmd::with_capacity(12, event.body.len() + name.len() + 128);
            command.arg("XADD").arg(name);
            if let Some(maxlen) = maxlen {
                command.arg("MAXLEN").arg("~").arg(maxlen);
            }
            command.arg("*").arg("id").arg(&*event.id).arg("subject").arg(&*event.subject);
            command.arg("event").arg(&*event.body);
            command
        }
        Target::Channel { name } => {
            let mut command = Cmd::new();
            command.arg("PUBLISH").arg(name).arg(&*event.body);
            command
        }
    }
}

/// `XADD` answers the entry's id, `PUBLISH` the number of subscribers; what is only
/// queued is answered by a word.
fn has_arrived(result: &Value) -> bool {
    matches!(result, Value::BulkString(_) | Value::Int(_))
}

fn refusal(reply: &Value) -> Option<&ServerError> {
    match reply {
        Value::ServerError(error) => Some(error),
        _ => None,
    }
}

/// An error as Redis writes it: `OOM command not allowed …`.
fn words(error: &ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(count: usize, replies: &[Value]) -> Outcome {
        let target = Target::Channel { name: "changes".to_owned() };
        let redis = Redis::new(&"redis://cache:1".into(), target).unwrap();
        Batch { commands: Pipeline::new(), count }.outcome(replies, &redis)
    }

    fn refused(words: &str) -> Value {
        let raw = format!("-{words}\r\n");
        redis::parse_redis_value(raw.as_bytes()).unwrap()
    }

    fn word(word: &str) -> Value {
        Value::SimpleString(word.to_owned())
    }

    #[test]
    fn a_batch_that_is_executed_has_arrived() {
        let executed = Value::Array(vec![Value::Int(0), Value::Int(0)]);
        let replies = [Value::Okay, word("QUEUED"), word("QUEUED"), executed];
        assert_eq!(outcome(2, &replies), Outcome { arrived: 2, failure: None });
    }

    #[test]
    fn what_follows_a_refused_command_has_not_arrived() {
        let executed =
            Value::Array(vec![Value::Int(0), refused("WRONGTYPE Wrong."), Value::Int(0)]);
        let queued = || word("QUEUED");
        let outcome = outcome(3, &[Value::Okay, queued(), queued(), queued(), executed]);
        let failure = Some("Redis at cache:1 says: WRONGTYPE Wrong.".to_owned());
        assert_eq!(outcome, Outcome { arrived: 1, failure });
    }

    #[test]
    fn a_batch_that_is_not_executed_says_what_was_wrong_with_its_parts() {
        let replies =
            [Value::Okay, word("QUEUED"), refused("OOM Full."), refused("EXECABORT Discarded.")];
        let failure = Some("Redis at cache:1 says: OOM Full.".to_owned());
        assert_eq!(outcome(2, &replies), Outcome { arrived: 0, failure });
    }

    #[test]
    fn a_user_without_the_right_to_transactions_is_served_without() {
        let no = || refused("NOPERM No.");
        let replies = [no(), Value::Int(0), Value::Int(1), no()];
        assert_eq!(outcome(2, &replies), Outcome { arrived: 2, failure: None });
    }

    #[test]
    fn a_nonsensical_answer_is_a_failure() {
        let answered = outcome(1, &[Value::Okay, word("QUEUED"), Value::Nil]);
        assert_eq!(answered.arrived, 0);
        assert!(answered.failure.is_some());
        assert!(outcome(1, &[]).failure.is_some());
        assert!(outcome(2, &[Value::Array(Vec::new())]).failure.is_some());
    }
}
