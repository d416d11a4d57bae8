//! Following the files of a certificate while they change.
//!
//! Their content is compared, not their times: mounted secrets change by a link that is moved. A
//! renewal writes two files, one after the other; so what cannot be used is judged only when it is
//! still the same at the next look.

use std::time::Duration;

use tracing::{error, info, warn};

use super::Tls;
use super::pair::{Content, Pair, Texts, TlsError};
use crate::shutdown::Shutdown;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What was found at a look.
enum Found {
    /// What is in force.
    Same,
    New(Box<Pair>),
    /// What cannot be used; without its content when it can't be read.
    Broken(Option<Content>, TlsError),
}

/// What could not be used at the last look.
struct Refusal {
    content: Option<Content>,
    is_told: bool,
}

impl Tls {
    /// Puts a changed certificate in force, for connections from then on, until the stop begins.
    pub async fn follow(self, shutdown: Shutdown) {
        let mut last = None;
        loop {
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let tls = self.clone();
            // A disk that hangs must not hang what serves.
            let looked = tokio::task::spawn_blocking(move || tls.look()).await;
            match looked {
                Ok(Found::Same) => {
                    if last.take().is_some() {
                        self.note(None);
                    }
                }
                Ok(Found::New(pair)) => {
                    last = None;
                    self.take(*pair);
                }
                Ok(Found::Broken(content, problem)) => {
                    last = Some(self.refuse(last, content, &problem));
                }
                Err(error) => warn!(%error, "cannot look at the certificate"),
            }
        }
    }

    fn look(&self) -> Found {
        let texts = match Texts::read(&self.files) {
            Ok(texts) => texts,
            Err(error) => return Found::Broken(None, error),
        };
        let content = texts.content();
        if content == self.current.read().content {
            return Found::Same;
        }
        match Pair::of(&texts, &self.files) {
            Ok(pair) => Found::New(Box::new(pair)),
            Err(error) => Found::Broken(Some(content), error),
        }
    }

    /// Puts a certificate in force.
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of a calendar are far below 2^52"
    )]
    pub(super) fn take(&self, pair: Pair) {
        self.expiry.set(pair.expires as f64);
        let concern = pair.concern.clone();
        *self.current.write() = pair;
        info!(
            listener = self.listener,
            certificate = %self.files.certificate.display(),
            "certificate in force"
        );
        if let Some(concern) = &concern {
            warn!(
                listener = self.listener,
                certificate = %self.files.certificate.display(),
                "{concern}; clients refuse it, renew it"
            );
        }
        self.note(concern);
    }

    /// Keeps what is in force, and tells why once what is wrong stays.
    fn refuse(
        &self,
        last: Option<Refusal>,
        content: Option<Content>,
        problem: &TlsError,
    ) -> Refusal {
        let Some(last) = last.filter(|last| last.content == content) else {
            return Refusal {
                content,
                is_told: false,
            };
        };
        if !last.is_told {
            self.reload_failures.inc();
            error!(
                listener = self.listener,
                error = %problem,
                "the changed certificate cannot be used; the one before stays in force"
            );
            self.note(Some(format!("the old certificate is in force: {problem}")));
        }
        Refusal {
            content,
            is_told: true,
        }
    }

    fn note(&self, text: Option<String>) {
        let concern = self.current.read().concern.clone();
        self.latch.note(text.or(concern).unwrap_or_default());
    }
}
