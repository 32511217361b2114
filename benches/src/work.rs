//! What the actors of the bigger scenarios do, as plain values: the same for all, so that a library adds messages only.

use crate::harness::Report;

/// An actor of the ring, once it knows its neighbour. Where a token ends is told to the scenario.
pub(crate) struct Station<R> {
    pub(crate) number: u64,
    pub(crate) next: Option<R>,
    pub(crate) report: Report,
}

impl<R> Station<R> {
    pub(crate) fn new(number: u64, report: Report) -> Self {
        Self { number, next: None, report }
    }

    /// Whom to send the token on to, with so many hops left; nobody at the end of its way.
    pub(crate) fn pass(&self, hops: u64) -> Option<(&R, u64)> {
        match hops.checked_sub(1) {
            Some(left) => Some((self.next.as_ref().expect("the ring is closed first"), left)),
            None => {
                self.report.send(self.number);
                None
            }
        }
    }
}

/// Children of each skynet actor that is not a leaf.
const FAN: u64 = 10;

/// Leaves below the root of skynet: with their ancestors 111,111 actors.
pub(crate) const LEAVES: u64 = 100_000;

/// Whom a skynet actor tells its sum.
pub(crate) enum Parent<R> {
    Actor(R),
    Scenario(Report),
}

impl<R> Parent<R> {
    /// The parent that has to be told, unless that was the scenario and is done.
    pub(crate) fn told(&self, sum: u64) -> Option<&R> {
        match self {
            Self::Actor(parent) => Some(parent),
            Self::Scenario(report) => {
                report.send(sum);
                None
            }
        }
    }
}

/// The leaves that a skynet actor answers for.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) leaves: u64,
}

impl Span {
    pub(crate) fn all(leaves: u64) -> Self {
        Self { first: 0, leaves }
    }

    /// The spans of its children; `None` for a leaf.
    pub(crate) fn parts(self) -> Option<impl Iterator<Item = Self> + Send> {
        let leaves = self.leaves / FAN;
        (leaves > 0).then(|| (0..FAN).map(move |part| Self { first: self.first + part * leaves, leaves }))
    }
}

/// The sums of children, as they come in.
#[derive(Default)]
pub(crate) struct Sums {
    seen: u64,
    total: u64,
}

impl Sums {
    /// The total, once all children have sent theirs.
    pub(crate) fn add(&mut self, sum: u64) -> Option<u64> {
        self.seen += 1;
        self.total += sum;
        (self.seen == FAN).then_some(self.total)
    }
}

/// Skynet's actors for so many leaves.
pub(crate) fn actors(leaves: u64) -> u64 {
    if leaves == 0 { 0 } else { leaves + actors(leaves / FAN) }
}

/// Creatures that play chameneos.
pub(crate) const CREATURES: u64 = 10;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Colour {
    Blue,
    Red,
    Yellow,
}

impl Colour {
    pub(crate) fn of(creature: u64) -> Self {
        [Self::Blue, Self::Red, Self::Yellow][(creature % 3) as usize]
    }

    /// What a creature becomes that meets another.
    fn after(self, other: Self) -> Self {
        match (self, other) {
            (own, other) if own == other => own,
            (Self::Blue, Self::Red) | (Self::Red, Self::Blue) => Self::Yellow,
            (Self::Blue, Self::Yellow) | (Self::Yellow, Self::Blue) => Self::Red,
            _ => Self::Blue,
        }
    }
}

/// Where chameneos meet, two by two, so many times.
pub(crate) struct Mall<R> {
    meetings: u64,
    waiting: Option<(R, Colour)>,
}

/// What comes of a creature's coming to the mall.
pub(crate) enum Visit<R> {
    Waits,
    /// Each of the two is told the other's colour.
    Meets([(R, Colour); 2]),
    Closed(R),
}

impl<R> Mall<R> {
    pub(crate) fn new(meetings: u64) -> Self {
        Self { meetings, waiting: None }
    }

    pub(crate) fn enter(&mut self, guest: R, colour: Colour) -> Visit<R> {
        if self.meetings == 0 {
            return Visit::Closed(guest);
        }
        match self.waiting.take() {
            None => {
                self.waiting = Some((guest, colour));
                Visit::Waits
            }
            Some((first, other)) => {
                self.meetings -= 1;
                Visit::Meets([(first, colour), (guest, other)])
            }
        }
    }
}

/// What a creature knows of itself. It reports how many it has met when the mall is closed.
pub(crate) struct Life {
    pub(crate) colour: Colour,
    met: u64,
    report: Report,
}

impl Life {
    pub(crate) fn new(colour: Colour, report: Report) -> Self {
        Self { colour, met: 0, report }
    }

    pub(crate) fn meet(&mut self, other: Colour) {
        self.met += 1;
        self.colour = self.colour.after(other);
    }

    pub(crate) fn close(&self) {
        self.report.send(self.met);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skynet_has_as_many_actors_as_its_name_says() {
        assert_eq!(actors(LEAVES), 111_111);
    }

    #[test]
    fn a_span_falls_into_leaves_without_gaps() {
        let parts: Vec<_> = Span { first: 30, leaves: 10 }.parts().unwrap().collect();
        assert!(parts.iter().map(|it| it.first).eq(30..40));
        assert!(parts[0].parts().is_none());
    }

    #[test]
    fn the_mall_closes_after_its_meetings() {
        let mut mall = Mall::new(1);
        assert!(matches!(mall.enter('a', Colour::Red), Visit::Waits));
        let Visit::Meets(pair) = mall.enter('b', Colour::Blue) else { panic!("two have come") };
        assert_eq!(pair, [('a', Colour::Blue), ('b', Colour::Red)]);
        assert!(matches!(mall.enter('a', Colour::Red), Visit::Closed('a')));
    }
}
