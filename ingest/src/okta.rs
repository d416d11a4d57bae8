//! The client of an Okta org.

mod address;

pub use address::{AddressError, OrgAddress};
