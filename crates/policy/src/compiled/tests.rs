//! The two evaluators held to each other, and to the algebra of decisions, on random policies and requests.

mod algebra;
mod differential;
pub(crate) mod generate;
mod wildcard;
