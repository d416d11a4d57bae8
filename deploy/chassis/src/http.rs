//! Serving HTTP: limits and a graceful end, TLS, who may ask, and errors as problem documents.

mod body;
mod guard;
mod problem;
pub mod request;
mod serve;
mod tls;

pub use body::read_body;
pub use guard::{guard, problems};
pub use problem::Problem;
pub use serve::{Peer, ServeLimits, serve, serve_tls};
pub use tls::{Tls, TlsError, TlsFiles, TlsMetrics};
