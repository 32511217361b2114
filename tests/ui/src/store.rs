//! A generic actor.

use std::fmt::Debug;

use actor_core::{Context, actor, handlers};

/// Keeps items.
#[derive(Debug)]
pub struct Store<K, V: ?Sized, const N: usize>
where
    K: Iterator,
{
    slots: [Option<K::Item>; N],
    label: Box<V>,
}

impl<K: Iterator, V: ?Sized, const N: usize> Store<K, V, N> {
    /// An empty store.
    #[must_use]
    pub fn new(label: Box<V>) -> Self {
        Self { slots: [const { None }; N], label }
    }
}

#[actor]
impl<K, V: ?Sized + Debug + Send + Sync + 'static, const N: usize> Store<K, V, N>
where
    K: Iterator + Send + 'static,
    K::Item: Clone + Send + Sync + 'static,
{
    /// Takes a value of a parameter.
    #[handler]
    pub async fn fill(&mut self, from: K) -> usize {
        let mut filled = 0;
        for (slot, item) in self.slots.iter_mut().zip(from) {
            *slot = Some(item);
            filled += 1;
        }
        filled
    }

    /// Takes an associated type and an array.
    #[handler]
    pub fn put(&mut self, at: [usize; N], item: K::Item) -> Option<K::Item> {
        self.slots.get_mut(at[0])?.replace(item)
    }

    /// Takes a parameter behind a pointer, and the context.
    #[handler]
    pub fn label(&mut self, label: Box<V>, ctx: &mut Context<Self>) -> u64 {
        self.label = label;
        ctx.epoch()
    }

    /// Takes an actor of its own kind.
    #[handler]
    pub fn swap(&mut self, other: Box<Self>) -> Box<V> {
        let other = *other;
        self.slots = other.slots;
        std::mem::replace(&mut self.label, other.label)
    }

    /// Has one message for all stores.
    #[handler]
    pub fn room(&self) -> usize {
        N
    }

    /// Has parameters of its own.
    #[handler]
    pub async fn say<T: Into<String> + Send + 'static, const M: usize>(&self, words: [T; M]) -> String {
        words.map(Into::into).join(" ")
    }
}

#[handlers]
impl<V: ?Sized + Debug + Send + Sync + 'static> Store<std::vec::IntoIter<u8>, V, 1> {
    /// Is there for some stores only.
    #[handler]
    pub fn byte(&mut self) -> Option<u8> {
        self.slots[0].take()
    }
}
