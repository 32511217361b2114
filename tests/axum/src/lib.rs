//! Tests of the example `axum_service`, over real HTTP. They are in `tests/axum/http`; this is their package.
