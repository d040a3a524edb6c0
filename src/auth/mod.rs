//! Who somebody is: passwords, tokens, and the exchange of one for the other.

mod access;
mod attempts;
mod caller;
mod derive;
mod lifetime;
mod login;
mod password;
pub mod routes;
mod seal;
mod secret;
mod token;

pub use access::{Access, MISSING};
pub use attempts::{Attempt, forget as forget_attempts};
pub use caller::{Caller, Description, Own, describe, identify};
pub use derive::derive;
pub use lifetime::{Lifetime, end};
pub use login::{NOT_VALID, Session, check_password, open_session};
pub use password::{Password, Passwords};
pub use seal::Seal;
pub use secret::{Purpose, Secret, random_text};
pub use token::{Kind, Tokens};
