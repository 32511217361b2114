//! The errors, and the one place where they become statuses.
//!
//! [`Refusal`] is the bank's own: what it says no to. [`Failure`] is all that a request can come to, made from refusals
//! and from the errors of asking actors. No other file knows a status of an error.

use std::io;

use actor_core::{AdminError, AskError, Phase, Unanswered, Undelivered};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;

/// What the bank says no to.
#[derive(Debug, Error)]
pub enum Refusal {
    /// Nobody has opened it.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Somebody has opened it before.
    #[error("there is an account of that name")]
    NameTaken,
    /// Names become paths of actors and of URLs.
    #[error("a name has 1 to 32 characters out of a-z, 0-9 and `-`")]
    NoName,
    /// The money would go round.
    #[error("a transfer needs two accounts")]
    SameAccount,
    /// More than there is.
    #[error("there is not enough: the balance is {balance}")]
    NotEnough {
        /// What there is.
        balance: u64,
    },
    /// More than an account holds.
    #[error("an account cannot hold that much")]
    TooMuch,
    /// The journal did not write or read.
    #[error("the journal failed")]
    Journal(#[from] io::Error),
}

/// What a request came to, if not to an answer.
#[derive(Debug, Error)]
pub enum Failure {
    /// The bank said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The body is not what it should be.
    #[error("{}", .0.body_text())]
    Malformed(#[from] JsonRejection),
    /// There is nothing at this address.
    #[error("there is nothing here")]
    NoSuchPage,
    /// The account has too much to do.
    #[error("the account is busy")]
    Busy,
    /// The account, or the whole service, is stopping.
    #[error("closing: try again later")]
    Closing,
    /// The account panicked, before it wrote anything.
    #[error("the account crashed")]
    Crashed,
    /// The account is at work on it, and goes on.
    #[error("the account takes too long")]
    Late,
    /// The account was killed at its work.
    #[error("the account was cut short")]
    Cut,
    /// One side of a transfer has paid, and the other was not paid.
    #[error("the transfer failed half-way, and so did the refund")]
    Unsettled,
}

impl Failure {
    /// Whether the request may have had its effect all the same.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Late | Self::Cut | Self::Unsettled)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(Refusal::NoSuchAccount) | Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::Refused(Refusal::NameTaken | Refusal::NotEnough { .. }) => StatusCode::CONFLICT,
            Self::Refused(Refusal::NoName | Refusal::SameAccount | Refusal::TooMuch) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Malformed(rejection) => rejection.status(),
            Self::Busy | Self::Closing => StatusCode::SERVICE_UNAVAILABLE,
            Self::Late => StatusCode::GATEWAY_TIMEOUT,
            Self::Refused(Refusal::Journal(_)) | Self::Crashed | Self::Cut | Self::Unsettled => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl<M> From<AskError<M>> for Failure {
    /// The question that matters to a client is whether anything has happened, and the variants say so.
    fn from(error: AskError<M>) -> Self {
        match error {
            AskError::Undelivered(_, Undelivered::Closed(_)) => Self::Closing,
            AskError::Undelivered(..) => Self::Busy,
            AskError::Timeout { phase: Phase::Admission | Phase::Queued, .. } => Self::Busy,
            AskError::Timeout { phase: Phase::Running, .. } => Self::Late,
            AskError::Unanswered(Unanswered::Panicked(_)) => Self::Crashed,
            // Also whatever a later release adds: the cautious answer.
            _ => Self::Cut,
        }
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Closed => Self::Closing,
            AdminError::NotStarted { reason, .. } if reason.is_orderly() => Self::Closing,
            _ => Self::Crashed,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
            /// `nothing` has happened, or what has is `unknown`.
            outcome: &'static str,
        }
        let outcome = if self.is_unknown() { "unknown" } else { "nothing" };
        let body = (self.status(), Json(Body { error: self.to_string(), outcome }));
        match self {
            Self::Busy | Self::Closing => ([(RETRY_AFTER, "1")], body).into_response(),
            _ => body.into_response(),
        }
    }
}
