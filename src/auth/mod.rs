//! Who somebody is: passwords, tokens, and the exchange of one for the other.

mod login;
mod password;
pub mod routes;
mod seal;
mod token;

pub use login::{NOT_VALID, Session, identify, open_session};
pub use password::{Password, Passwords};
pub use seal::Seal;
pub use token::{Kind, Tokens};
