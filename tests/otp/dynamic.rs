//! Elixir, `dynamic_supervisor_test.exs` and `supervisor_test.exs`.
