//! The routes: each turns a request into a call of the bank, and nothing else.

use std::num::NonZeroU64;

use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::bank::Bank;
use crate::error::Failure;
use crate::transfer::Moved;

/// The service as a router, to be served or nested.
pub fn router(bank: Bank) -> Router {
    Router::new()
        .route("/accounts", post(open))
        .route("/accounts/{name}", get(balance))
        .route("/accounts/{name}/deposit", post(deposit))
        .route("/accounts/{name}/withdraw", post(withdraw))
        .route("/transfers", post(transfer))
        .fallback(async || Failure::NoSuchPage)
        .with_state(bank)
}

#[derive(Deserialize)]
struct Opening {
    name: String,
}

/// Nothing is no amount: serde refuses it like any other malformed body.
#[derive(Deserialize)]
struct Change {
    amount: NonZeroU64,
}

#[derive(Deserialize)]
struct Order {
    from: String,
    to: String,
    amount: NonZeroU64,
}

#[derive(Serialize)]
struct Statement {
    name: String,
    balance: u64,
}

async fn open(
    State(bank): State<Bank>,
    Body(Opening { name }): Body<Opening>,
) -> Answer<(StatusCode, Json<Statement>)> {
    bank.open(&name).await?;
    Ok((StatusCode::CREATED, Json(Statement { name, balance: 0 })))
}

async fn balance(State(bank): State<Bank>, Path(name): Path<String>) -> Answer<Json<Statement>> {
    let balance = bank.account(&name).await?.balance().timeout(bank.limits().patience).await?;
    Ok(Json(Statement { name, balance }))
}

async fn deposit(
    State(bank): State<Bank>,
    Path(name): Path<String>,
    Body(Change { amount }): Body<Change>,
) -> Answer<Json<Statement>> {
    let account = bank.account(&name).await?;
    let balance = account.deposit(amount.get()).timeout(bank.limits().patience).await??;
    Ok(Json(Statement { name, balance }))
}

async fn withdraw(
    State(bank): State<Bank>,
    Path(name): Path<String>,
    Body(Change { amount }): Body<Change>,
) -> Answer<Json<Statement>> {
    let account = bank.account(&name).await?;
    let balance = account.withdraw(amount.get()).timeout(bank.limits().patience).await??;
    Ok(Json(Statement { name, balance }))
}

async fn transfer(State(bank): State<Bank>, Body(order): Body<Order>) -> Answer<Json<Moved>> {
    let Order { from, to, amount } = order;
    Ok(Json(bank.transfer(&from, &to, amount.get()).await?))
}

type Answer<T> = Result<T, Failure>;

/// `axum::Json`, but its rejections are answered like all other failures.
struct Body<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}
