//! What one key may hold, given every reply that its only writer was given.
//!
//! A key is a small machine: each operation has one reply for each state. A crash of its shard is the one thing that may
//! change it unseen, and only to nothing. So what is believed of a key is a set of states; a reply leaves those of them
//! that explain it, and if none does, something was acknowledged and lost, or done twice, or done in another order.

use std::collections::BTreeMap;

use fastrand::Rng;
use redis::{Cmd, Value, cmd};

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Text(String),
    List(Vec<String>),
    Hash(BTreeMap<String, String>),
}

/// One command on one key.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Set(String),
    Get,
    Add(i64),
    Del,
    Type,
    Push(String),
    Pop,
    Range,
    SetField(String, String),
    Field(String),
}

/// What is known of one key: the states that explain all replies, each with the fewest losses that lead there.
#[derive(Debug)]
pub(crate) struct Belief {
    key: String,
    states: Vec<(State, u64)>,
}

impl Operation {
    pub(crate) fn random(random: &mut Rng) -> Self {
        let word = |random: &mut Rng| format!("w{}", random.u32(..1_000_000));
        let field = |random: &mut Rng| format!("f{}", random.u8(..3));
        match random.u8(..12) {
            0 => Self::Set(word(random)),
            1 => Self::Set(random.i16(..).to_string()),
            2 => Self::Get,
            3 => Self::Add(1),
            4 => Self::Add(-1),
            5 => Self::Del,
            6 => Self::Type,
            7 | 8 => Self::Push(word(random)),
            9 => {
                if random.bool() {
                    Self::Pop
                } else {
                    Self::Range
                }
            }
            10 => Self::SetField(field(random), word(random)),
            _ => Self::Field(field(random)),
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        !matches!(self, Self::Get | Self::Type | Self::Range | Self::Field(_))
    }

    pub(crate) fn command(&self, key: &str) -> Cmd {
        let (name, arguments): (_, Vec<&str>) = match self {
            Self::Set(value) => ("SET", vec![value]),
            Self::Get => ("GET", vec![]),
            Self::Add(1) => ("INCR", vec![]),
            Self::Add(_) => ("DECR", vec![]),
            Self::Del => ("DEL", vec![]),
            Self::Type => ("TYPE", vec![]),
            Self::Push(value) => ("RPUSH", vec![value]),
            Self::Pop => ("LPOP", vec![]),
            Self::Range => ("LRANGE", vec!["0", "-1"]),
            Self::SetField(field, value) => ("HSET", vec![field, value]),
            Self::Field(field) => ("HGET", vec![field]),
        };
        let mut command = cmd(name);
        command.arg(key);
        for argument in arguments {
            command.arg(argument);
        }
        command
    }

    /// What Redis answers and does.
    fn apply(&self, state: &mut State) -> String {
        use State::{Hash, List, Missing, Text};
        let wrong_type = || "-WRONGTYPE".to_owned();
        let count = |count: usize| format!(":{count}");
        let value = |value: Option<&String>| value.map_or("nil".to_owned(), |value| format!("${value}"));
        match (self, &mut *state) {
            (Self::Set(new), _) => {
                *state = Text(new.clone());
                "+OK".into()
            }
            (Self::Get, Missing) => "nil".into(),
            (Self::Get, Text(text)) => format!("${text}"),
            (Self::Add(amount), Missing) => {
                *state = Text(amount.to_string());
                format!(":{amount}")
            }
            (Self::Add(amount), Text(text)) => match text.parse::<i64>() {
                Ok(number) => {
                    *text = (number + amount).to_string();
                    format!(":{text}")
                }
                Err(_) => "-ERR value is not".into(),
            },
            (Self::Del, was) => {
                let existed = *was != Missing;
                *state = Missing;
                count(existed.into())
            }
            (Self::Type, Missing) => "+none".into(),
            (Self::Type, Text(_)) => "+string".into(),
            (Self::Type, List(_)) => "+list".into(),
            (Self::Type, Hash(_)) => "+hash".into(),
            (Self::Push(new), Missing) => {
                *state = List(vec![new.clone()]);
                count(1)
            }
            (Self::Push(new), List(list)) => {
                list.push(new.clone());
                count(list.len())
            }
            (Self::Pop, Missing) => "nil".into(),
            (Self::Pop, List(list)) => {
                let first = list.remove(0);
                if list.is_empty() {
                    *state = Missing;
                }
                format!("${first}")
            }
            (Self::Range, Missing) => "[]".into(),
            (Self::Range, List(list)) => {
                format!("[{}]", list.iter().map(|word| format!("${word}")).collect::<Vec<_>>().join(" "))
            }
            (Self::SetField(field, new), Missing) => {
                *state = Hash(BTreeMap::from([(field.clone(), new.clone())]));
                count(1)
            }
            (Self::SetField(field, new), Hash(hash)) => {
                count(hash.insert(field.clone(), new.clone()).is_none().into())
            }
            (Self::Field(_), Missing) => "nil".into(),
            (Self::Field(field), Hash(hash)) => value(hash.get(field)),
            _ => wrong_type(),
        }
    }
}

/// A reply in the notation of the model.
pub(crate) fn show(reply: &Value) -> String {
    match reply {
        Value::Nil => "nil".into(),
        Value::Int(number) => format!(":{number}"),
        Value::BulkString(bytes) => format!("${}", String::from_utf8_lossy(bytes)),
        Value::SimpleString(text) => format!("+{text}"),
        Value::Okay => "+OK".into(),
        Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::ServerError(error) => format!("-{} {}", error.code(), error.details().unwrap_or_default()),
        other => format!("{other:?}"),
    }
}

/// Whether a reply says that the shard crashed twice under the command, so that it is empty.
pub(crate) fn is_crash(reply: &str) -> bool {
    reply.starts_with("-ERR shard") && reply.contains("crashed twice")
}

impl Belief {
    pub(crate) fn new(key: String) -> Self {
        Self { key, states: vec![(State::Missing, 0)] }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The fewest losses of this key that explain everything.
    pub(crate) fn losses(&self) -> u64 {
        self.states.iter().map(|(_, losses)| *losses).min().unwrap_or_default()
    }

    /// Takes in that `operation` was answered with `reply`.
    pub(crate) fn learn(&mut self, operation: &Operation, reply: &str) {
        let former = std::mem::take(&mut self.states);
        if is_crash(reply) {
            let losses = former.iter().map(|(_, losses)| losses + 1).min().unwrap_or(1);
            self.states.push((State::Missing, losses));
            return;
        }
        for (state, losses) in &former {
            self.suppose(state.clone(), *losses, operation, reply);
            if *state != State::Missing {
                self.suppose(State::Missing, losses + 1, operation, reply);
            }
        }
        assert!(
            !self.states.is_empty(),
            "{}: {operation:?} -> {reply}, which none of {former:?} explains",
            self.key
        );
    }

    fn suppose(&mut self, mut state: State, losses: u64, operation: &Operation, reply: &str) {
        let expected = operation.apply(&mut state);
        let explained =
            if expected.starts_with('-') { reply.starts_with(&expected) } else { reply == expected };
        if !explained {
            return;
        }
        match self.states.iter_mut().find(|(known, _)| *known == state) {
            Some((_, known)) => *known = losses.min(*known),
            None => self.states.push((state, losses)),
        }
    }
}
