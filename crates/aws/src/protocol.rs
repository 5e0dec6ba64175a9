//! Wire protocols, both ways, interpreted over the models.

pub mod timestamp;
