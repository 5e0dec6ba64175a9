/// Why the simulator does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SimulationError {
    /// The error code on the wire: `InvalidInput`, `ValidationError` or `NoSuchEntity`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The message, in AWS's words.
    pub message: String,
}

impl SimulationError {
    pub(super) fn input(message: impl Into<String>) -> Self {
        SimulationError { code: "InvalidInput", status: 400, message: message.into() }
    }

    pub(crate) fn validation(message: impl std::fmt::Display) -> Self {
        let message = format!("1 validation error detected: {message}");
        SimulationError { code: "ValidationError", status: 400, message }
    }

    /// The principal that `PolicySourceArn` names is not there.
    pub fn no_such_entity() -> Self {
        SimulationError {
            code: "NoSuchEntity",
            status: 404,
            message: "Unable to retrieve specified IAM entity.".to_owned(),
        }
    }
}
