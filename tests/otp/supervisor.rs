//! OTP, `supervisor_SUITE`.
//!
//! Left out:
//! - `sup_start_ignore_*`, `simple_one_for_one_restart_ignore`: a factory makes an actor or fails; there is no `ignore`.
//! - `sup_start_error_return`, most of `child_specs`, `child_specs_map`, `sup_start_map_faulty_specs` and `sup_flags`: what
//!   they have refused at run time does not compile here. What types cannot refuse is in `start`.
//! - `extra_return`, `simple_one_for_one_extra`: a start returns the actor and nothing else.
//! - `external_start_no_progress_log`, `format_log_1`, `format_log_2`, `get_callback_module`: OTP's own tools.
//! - `permanent_shutdown`, `transient_shutdown`, `temporary_shutdown` as ends of their own: no actor chooses the reason
//!   `Shutdown`; a supervisor ends with it, and `tree` and `significant_escalation` have that.
//! - `simple_one_for_one_corruption`: it corrupts the supervisor's state by a message, which is private here.
//! - `code_change_simple`, `code_change_simple_map`: no hot code, and a dynamic supervisor has no child specification.
//! - `simple_one_for_one_scale_many_temporary_children`, and `scale_start_stop_many_children` as a measurement: the tests
//!   of scale have their place.
//! - `do_not_save_start_parameters_for_temporary_children` as far as it measures memory; that the factory is dropped is in
//!   `restarts`.
//! - `significant_escalation`'s half in which the supervisor itself is significant, and transient supervisors in `tree`:
//!   a supervisor below another is `Permanent`, which cannot be said otherwise.

mod administration;
mod restarts;
mod significant;
mod start;
mod stop;
mod strategies;
