//! Finds the parameters that a message's fields use, and the bounds that they cannot do without.
//!
//! A message carries no parameter that its fields do not use: it needs no `PhantomData`, its literal stays what the user
//! would write, and a handler without generic arguments has one message for all instances of the actor.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    GenericParam, Generics, Ident, Macro, Path, PathArguments, Type, TypeParam, TypeParamBound,
    WherePredicate,
};

use super::types::bare;

/// The generics of a message with fields of these types; the parameters are chosen from `scopes`, the block's generics
/// and the method's.
pub(crate) fn of_message<'a>(
    mut fields: impl Iterator<Item = &'a Type> + Clone,
    scopes: [&Generics; 2],
) -> Generics {
    let all = Parameters(scopes.iter().flat_map(|scope| &scope.params).map(name).collect());
    let used = Parameters(fields.clone().flat_map(|ty| all.in_type(ty)).collect());
    // Bounds on a struct spread to every signature that names it. `T` and `[T; N]` can stand without them; `T::Item`
    // cannot, and of `Sorted<T>` nobody knows here.
    let bounded = fields.any(|ty| !is_plain(ty, &all));

    let mut generics = Generics::default();
    for param in scopes.iter().flat_map(|scope| &scope.params) {
        if used.0.contains(&name(param)) {
            generics.params.push(declaration(param, bounded, &all, &used));
        }
    }
    let predicates: Vec<WherePredicate> = scopes
        .iter()
        .filter_map(|scope| scope.where_clause.as_ref())
        .flat_map(|clause| &clause.predicates)
        .filter(|predicate| bounded && used.covers(&all.in_predicate(predicate)))
        .cloned()
        .collect();
    if !predicates.is_empty() {
        generics.make_where_clause().predicates.extend(predicates);
    }
    generics
}

/// The parameters of which the fields hold values for all to see.
pub(crate) fn carried<'a>(fields: impl Iterator<Item = &'a Type>, scopes: [&Generics; 2]) -> Vec<Ident> {
    let all = Parameters(scopes.iter().flat_map(|scope| &scope.params).map(name).collect());
    fields.filter(|ty| is_plain(ty, &all)).flat_map(|ty| all.in_type(ty)).collect()
}

/// The name of a parameter.
pub(crate) fn name(param: &GenericParam) -> Ident {
    match param {
        GenericParam::Lifetime(lifetime) => lifetime.lifetime.ident.clone(),
        GenericParam::Type(ty) => ty.ident.clone(),
        GenericParam::Const(constant) => constant.ident.clone(),
    }
}

/// A name like `wanted` that is not an identifier of `tokens`.
pub(crate) fn fresh(wanted: &str, tokens: TokenStream) -> Ident {
    let mut taken = Vec::new();
    collect_idents(tokens, &mut taken);
    let mut candidates =
        std::iter::once(wanted.to_owned()).chain((1..).map(|number: u32| format!("{wanted}{number}")));
    let free = candidates.find(|candidate| !taken.iter().any(|ident| ident == candidate));
    Ident::new(&free.expect("there is no end of names"), proc_macro2::Span::call_site())
}

/// The parameter as the message declares it.
fn declaration(param: &GenericParam, bounded: bool, all: &Parameters, used: &Parameters) -> GenericParam {
    let mut param = param.clone();
    if let GenericParam::Type(TypeParam { bounds, colon_token, default, .. }) = &mut param {
        let kept =
            std::mem::take(bounds).into_iter().filter(|bound| bounded && used.covers(&all.in_bound(bound)));
        *bounds = kept.collect();
        *colon_token = (!bounds.is_empty()).then(Default::default);
        *default = None;
    }
    param
}

/// Whether a type is well-formed whatever its parameters are.
fn is_plain(ty: &Type, all: &Parameters) -> bool {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
            matches!(path.path.segments[0].arguments, PathArguments::None)
        }
        Type::Array(array) => is_plain(&array.elem, all),
        Type::Tuple(tuple) => tuple.elems.iter().all(|elem| is_plain(elem, all)),
        other => all.in_type(other).is_empty(),
    }
}

/// Names of parameters, to look for in types.
struct Parameters(Vec<Ident>);

impl Parameters {
    fn in_type(&self, ty: &Type) -> Vec<Ident> {
        self.found(|search| search.visit_type(ty))
    }

    fn in_bound(&self, bound: &TypeParamBound) -> Vec<Ident> {
        self.found(|search| search.visit_type_param_bound(bound))
    }

    fn in_predicate(&self, predicate: &WherePredicate) -> Vec<Ident> {
        self.found(|search| search.visit_where_predicate(predicate))
    }

    fn covers(&self, names: &[Ident]) -> bool {
        names.iter().all(|name| self.0.contains(name))
    }

    fn found(&self, visit: impl FnOnce(&mut Search<'_>)) -> Vec<Ident> {
        let mut search = Search { wanted: &self.0, found: Vec::new() };
        visit(&mut search);
        search.found
    }
}

/// A parameter shows as the first name of a path: `T`, `T::Item`, `N`.
struct Search<'a> {
    wanted: &'a [Ident],
    found: Vec<Ident>,
}

impl Search<'_> {
    fn note(&mut self, ident: &Ident) {
        if self.wanted.contains(ident) {
            self.found.push(ident.clone());
        }
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            self.note(&path.segments[0].ident);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let mut idents = Vec::new();
        collect_idents(mac.tokens.to_token_stream(), &mut idents);
        for ident in &idents {
            self.note(ident);
        }
    }
}

fn collect_idents(tokens: TokenStream, idents: &mut Vec<Ident>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => idents.push(ident),
            TokenTree::Group(group) => collect_idents(group.stream(), idents),
            _ => {}
        }
    }
}
