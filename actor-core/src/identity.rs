//! Who an actor is: its id, its path, its epoch.
//!
//! All three belong to the *logical* actor. A restart changes the epoch and nothing else.

use std::fmt;

use crate::rt::atomic::{AtomicU64, Ordering};
use crate::rt::{Arc, OnceLock};

/// Identifies one logical actor for the life of the process.
///
/// Ids are never used again. They are given in the order of spawning, and order by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId {
    /// Which node of a cluster the actor lives on; 0 is this process.
    node: u32,
    serial: u64,
}

impl ActorId {
    /// The next free id of this process.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { node: 0, serial: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) fn serial(self) -> u64 {
        self.serial
    }
}

impl fmt::Debug for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.node == 0 {
            write!(f, "#{}", self.serial)
        } else {
            write!(f, "#{}.{}", self.node, self.serial)
        }
    }
}

/// Where an actor stands in the tree of its system, such as `/shop/db`.
///
/// A path is for people: logs, trees, reports. It is not an address, and two actors that live at different times may
/// have the same one. Cloning costs one atomic increment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Arc<str>);

impl Path {
    /// The path of an actor right below the system's root.
    pub(crate) fn top(name: &str) -> Self {
        Self(format!("/{name}").into())
    }

    pub(crate) fn join(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0).into())
    }

    /// The whole path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: the name of the actor below its parent.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What people are shown of an actor: its path and the name of its type. Both are made when somebody reads them, since most
/// actors live and end unread.
pub(crate) struct Label {
    /// In a box, since few are read.
    path: OnceLock<Box<Path>>,
    /// Below which incarnation it was started; its path begins with that of this actor.
    above: Option<Box<Above>>,
    type_name: TypeName,
}

/// The name of an actor's type, with the modules that it stands in.
pub(crate) type TypeName = fn() -> &'static str;

struct Above {
    id: ActorId,
    path: Path,
}

impl Label {
    /// Of an actor right below the root that has no name: its path is made of its type and its id.
    pub(crate) fn unnamed(type_name: TypeName) -> Self {
        Self { path: OnceLock::new(), above: None, type_name }
    }

    pub(crate) fn named(path: Path, type_name: TypeName) -> Self {
        Self { path: OnceLock::from(Box::new(path)), above: None, type_name }
    }

    /// The same below another actor.
    pub(crate) fn below(self, id: ActorId, path: &Path) -> Self {
        Self { above: Some(Box::new(Above { id, path: path.clone() })), ..self }
    }

    /// Whom it was started by, if it was an actor.
    pub(crate) fn parent(&self) -> Option<ActorId> {
        self.above.as_ref().map(|above| above.id)
    }

    /// The path of the actor with this label, whose id is `id`.
    pub(crate) fn path(&self, id: ActorId) -> &Path {
        self.path.get_or_init(|| {
            let name = format!("{}-{}", self.actor_type(), id.serial());
            Box::new(match &self.above {
                Some(above) => above.path.join(&name),
                None => Path::top(&name),
            })
        })
    }

    pub(crate) fn actor_type(&self) -> String {
        shorten((self.type_name)())
    }
}

/// The name of a type without the modules it stands in: `shop::cart::Store<shop::Item>` is `Store<Item>`.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    shorten(std::any::type_name::<T>())
}

fn shorten(full: &str) -> String {
    let mut short = String::with_capacity(full.len());
    let mut word = 0;
    for c in full.chars() {
        match c {
            ':' => short.truncate(word),
            // `{{closure}}` is a place like a module.
            c if c.is_alphanumeric() || "_{}#".contains(c) => short.push(c),
            c => {
                short.push(c);
                word = short.len();
            }
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_lose_their_modules_and_keep_their_generics() {
        assert_eq!(shorten("a::b::Counter"), "Counter");
        assert_eq!(shorten("a::Store<b::c::Item, alloc::vec::Vec<u8>>"), "Store<Item, Vec<u8>>");
        assert_eq!(shorten("(u8, a::B)"), "(u8, B)");
        assert_eq!(shorten("a::test::{{closure}}::Local"), "Local");
    }

    #[test]
    fn an_actor_without_a_name_is_called_after_its_type_and_its_id() {
        let id = ActorId { node: 0, serial: 7 };
        let label = || Label::unnamed(std::any::type_name::<Label>);
        assert_eq!(label().path(id).as_str(), "/Label-7");
        assert_eq!(label().below(id, &Path::top("shop")).path(id).as_str(), "/shop/Label-7");
        assert_eq!(Label::named(Path::top("shop"), std::any::type_name::<Label>).path(id).as_str(), "/shop");
    }

    #[test]
    fn a_path_ends_with_the_name_of_its_actor() {
        assert_eq!(Path::top("shop").join("db").as_str(), "/shop/db");
        assert_eq!(Path::top("shop").join("db").name(), "db");
    }
}
