//! Reads what stands in an attribute's parentheses: `message = Added, derive(Clone)`.

use proc_macro2::{Group, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Attribute, Expr, Ident, LitInt, LitStr, Meta, Path, Token, parse_quote, token};

use crate::errors::Errors;
use crate::model::{Lane, Terms};

/// The options of `#[actor]`, `#[handlers]` and `#[derive(Actor)]`.
pub(crate) struct BlockOptions {
    pub(crate) core: Path,
    pub(crate) mailbox: Option<Expr>,
}

/// The options of `#[handler]`.
#[derive(Default)]
pub(crate) struct HandlerOptions {
    pub(crate) message: Option<Ident>,
    pub(crate) derives: Vec<Path>,
    pub(crate) terms: Terms,
}

/// The options of `#[actor_core::main]`.
pub(crate) struct MainOptions {
    pub(crate) core: Path,
    pub(crate) workers: Option<LitInt>,
    pub(crate) current_thread: bool,
    pub(crate) name: Option<LitStr>,
}

/// The options of `#[actor_core::test]`.
pub(crate) struct TestOptions {
    pub(crate) core: Path,
    pub(crate) paused: bool,
    pub(crate) workers: Option<LitInt>,
}

impl BlockOptions {
    /// `mailbox` belongs to the block that makes the type an actor, so `#[handlers]` does not know it.
    pub(crate) fn parse(args: TokenStream, with_mailbox: bool, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let known = if with_mailbox { OF_ACTORS } else { "the only option is `crate = path`" };
        let mut seen = Seen::new(known);
        list(args, errors, |meta, errors| options.take(&meta, with_mailbox, &mut seen, errors));
        options
    }

    /// The options of `#[derive(Actor)]`, from the `#[actor_core(..)]` attributes among `attrs`.
    pub(crate) fn of_derive(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut seen = Seen::new(OF_ACTORS);
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("actor_core")) {
            list_of(attr, errors, |meta, errors| options.take(&meta, true, &mut seen, errors));
        }
        options
    }

    fn take(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        with_mailbox: bool,
        seen: &mut Seen,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if seen.is(meta, "crate", errors) {
            self.core = core_path(meta)?;
        } else if with_mailbox && seen.is(meta, "mailbox", errors) {
            self.mailbox = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("mailbox") {
            errors.at(
                &meta.path,
                "an actor's mailbox is chosen in one place: move this option to its `#[actor]` block",
            );
            meta.value()?.parse::<Expr>()?;
        } else {
            seen.unknown(meta, errors)?;
        }
        Ok(())
    }
}

/// What makes a type an actor knows these.
const OF_ACTORS: &str = "the options are `crate = path` and `mailbox = expression`";

impl Default for BlockOptions {
    fn default() -> Self {
        Self { core: default_core(), mailbox: None }
    }
}

impl HandlerOptions {
    pub(crate) fn parse(attr: &Attribute, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut seen = Seen::new(
            "the options are `message = Name`, `derive(Trait, ..)`, `lane = high`, `timeout = duration`, `always_run` and `inline`",
        );
        list_of(attr, errors, |meta, errors| {
            if seen.is(&meta, "message", errors) {
                options.message = Some(meta.value()?.parse()?);
            } else if seen.is(&meta, "lane", errors) {
                options.terms.lane = lane(&meta.value()?.parse()?, errors);
            } else if seen.is(&meta, "timeout", errors) {
                options.terms.timeout = Some(meta.value()?.parse()?);
            } else if seen.is(&meta, "always_run", errors) {
                options.terms.always_run = true;
            } else if seen.is(&meta, "inline", errors) {
                options.terms.inline = Some(meta.path.clone());
            } else if meta.path.is_ident("derive") {
                // Like the attribute itself, it may be given more than once.
                meta.parse_nested_meta(|derive| {
                    options.derives.push(derive.path);
                    Ok(())
                })?;
            } else {
                seen.unknown(&meta, errors)?;
            }
            Ok(())
        });
        options
    }

    /// Attributes that know no options: `#[on_start]` and `#[on_stop]`.
    pub(crate) fn none(attr: &Attribute, errors: &mut Errors) {
        if !matches!(attr.meta, Meta::Path(_)) {
            errors.at(attr, "this attribute has no options");
        }
    }
}

impl TestOptions {
    pub(crate) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self { core: default_core(), paused: false, workers: None };
        let mut seen = Seen::new("the options are `paused`, `workers = N` and `crate = path`");
        list(args, errors, |meta, errors| {
            if seen.is(&meta, "crate", errors) {
                options.core = core_path(&meta)?;
            } else if seen.is(&meta, "paused", errors) {
                options.paused = true;
            } else if seen.is(&meta, "workers", errors) {
                options.workers = Some(meta.value()?.parse()?);
            } else {
                seen.unknown(&meta, errors)?;
            }
            if options.paused && options.workers.is_some() {
                errors.at(
                    &meta.path,
                    "`paused` and `workers` exclude each other: only a test on one thread has a clock to pause",
                );
            }
            Ok(())
        });
        if let Some(workers) = options.workers.take_if(is_zero) {
            errors.at(
                workers,
                "a test without workers is the default: leave the option out, or ask for one at least",
            );
        }
        options
    }
}

impl MainOptions {
    pub(crate) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self { core: default_core(), workers: None, current_thread: false, name: None };
        let mut seen =
            Seen::new("the options are `workers = N`, `current_thread`, `name = \"..\"` and `crate = path`");
        list(args, errors, |meta, errors| {
            if seen.is(&meta, "crate", errors) {
                options.core = core_path(&meta)?;
            } else if seen.is(&meta, "workers", errors) {
                options.workers = Some(meta.value()?.parse()?);
            } else if seen.is(&meta, "current_thread", errors) {
                options.current_thread = true;
            } else if seen.is(&meta, "name", errors) {
                options.name = Some(meta.value()?.parse()?);
            } else {
                return seen.unknown(&meta, errors);
            }
            if options.current_thread && options.workers.is_some() {
                errors.at(&meta.path, "`current_thread` and `workers` exclude each other: keep one");
            }
            Ok(())
        });
        if let Some(workers) = options.workers.take_if(is_zero) {
            errors.at(
                workers,
                "somebody has to run the actors: ask for one worker at least, or write `current_thread`",
            );
        }
        options
    }
}

fn is_zero(number: &mut LitInt) -> bool {
    number.base10_parse::<u64>().is_ok_and(|number| number == 0)
}

/// The options seen so far, to refuse the second of a kind, and what to say of one that is unknown.
struct Seen {
    names: Vec<&'static str>,
    known: &'static str,
}

impl Seen {
    fn new(known: &'static str) -> Self {
        Self { names: Vec::new(), known }
    }

    /// Whether `meta` is the option `name`.
    fn is(&mut self, meta: &ParseNestedMeta<'_>, name: &'static str, errors: &mut Errors) -> bool {
        let is = meta.path.is_ident(name);
        if is && self.names.contains(&name) {
            errors.at(&meta.path, format_args!("`{name}` is given twice: keep one"));
        } else if is {
            self.names.push(name);
        }
        is
    }

    /// Complains and reads on behind the option's value, so that the options after it are still looked at.
    fn unknown(&self, meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
        errors.at(&meta.path, format_args!("no such option: {}", self.known));
        if meta.input.peek(Token![=]) {
            meta.value()?.parse::<Expr>()?;
        } else if meta.input.peek(token::Paren) {
            meta.input.parse::<Group>()?;
        }
        Ok(())
    }
}

fn list(
    args: TokenStream,
    errors: &mut Errors,
    mut logic: impl FnMut(ParseNestedMeta<'_>, &mut Errors) -> syn::Result<()>,
) {
    let result = syn::meta::parser(|meta| logic(meta, errors)).parse2(args);
    errors.keep(result);
}

fn list_of(
    attr: &Attribute,
    errors: &mut Errors,
    mut logic: impl FnMut(ParseNestedMeta<'_>, &mut Errors) -> syn::Result<()>,
) {
    let result = match &attr.meta {
        Meta::Path(_) => Ok(()),
        _ => attr.parse_nested_meta(|meta| logic(meta, errors)),
    };
    errors.keep(result);
}

/// An expression, so that whatever stands there instead of a lane is read to its end.
fn lane(value: &Expr, errors: &mut Errors) -> Option<Lane> {
    match value {
        Expr::Path(path) if path.path.is_ident("high") => Some(Lane::High),
        Expr::Path(path) if path.path.is_ident("normal") => Some(Lane::Normal),
        _ => {
            errors.at(value, "there are two lanes: `lane = high` and `lane = normal`");
            None
        }
    }
}

fn default_core() -> Path {
    parse_quote!(::actor_core)
}

fn core_path(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        return Err(value.error("a path stands without quotes: `crate = my::actor_core`"));
    }
    value.call(Path::parse_mod_style)
}
