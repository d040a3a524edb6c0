//! The administration page: files of the program that a browser gets, and nothing that
//! anybody else couldn't do by the API.

pub mod routes;
