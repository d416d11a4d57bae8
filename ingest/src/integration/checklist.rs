//! The checklist of a connection: from the org's address to its first event, each step with its time
//! and, when it fails, with what to do. Going through it creates the event hook and verifies it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::desk::Desk;
use super::settings::IntegrationSettings;
use super::subscription::Subscription;
use super::trouble::Trouble;
use crate::okta::{EventHook, LogRequest, Okta, OktaError, Problem, Scope};

/// How often it is looked whether an event has come.
const LOOK: Duration = Duration::from_millis(100);
/// How far back a look into the System Log goes.
const LOOK_BACK: Duration = Duration::from_mins(10);

/// A step of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// The org's address leads to the org.
    Address,
    /// The connection is safe.
    Tls,
    /// Okta takes our credentials.
    Token,
    /// We may do what we have to.
    Scopes,
    /// The org has room for another event hook.
    HookLimit,
    /// Our event hook is there, as it should be.
    HookCreated,
    /// Okta reaches us, and has verified the hook.
    HookVerified,
    /// We can read the System Log.
    SystemLog,
    /// An event has come.
    FirstEvent,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Running,
    Passed,
    /// It works, but not all of it.
    Warning,
    Failed,
    /// A step before it failed that it needs.
    Skipped,
    /// Nothing is wrong; it takes more time.
    Waiting,
}

/// What is said of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Report {
    pub(crate) step: Step,
    pub(crate) state: State,
    /// How long it took, in milliseconds; null while it runs.
    pub(crate) milliseconds: Option<u64>,
    /// What is wrong, or what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentence: Option<String>,
    /// The one thing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_id: Option<String>,
}

/// Going through the checklist.
pub(crate) struct Checklist<'c> {
    pub(crate) desk: &'c Desk,
    pub(crate) id: &'c str,
    /// How long the first event is waited for.
    pub(crate) wait: Duration,
    /// Where the steps are told.
    pub(crate) reports: mpsc::Sender<Report>,
    pub(crate) is_failed: bool,
}

/// How a step ended, with what is to be said of it.
enum End {
    Passed(Option<String>),
    Warning(Trouble),
    Failed(Trouble),
    Skipped,
    Waiting(Trouble),
}

impl Checklist<'_> {
    /// Goes through all steps; says whether none failed.
    pub(crate) async fn run(mut self, settings: &IntegrationSettings) -> bool {
        let okta = self.reach(settings).await;
        let okta = if let Some(okta) = okta {
            self.token(&okta, settings).await.then_some(okta)
        } else {
            self.skip(&[Step::Token, Step::Scopes]).await;
            None
        };
        let Some(okta) = okta else {
            let rest = [
                Step::HookLimit,
                Step::HookCreated,
                Step::HookVerified,
                Step::SystemLog,
                Step::FirstEvent,
            ];
            self.skip(&rest).await;
            return false;
        };
        self.hook(&okta, settings).await;
        self.system_log(&okta).await;
        self.first_event().await;
        !self.is_failed
    }

    /// Address and TLS: what the org says of itself needs no credentials.
    async fn reach(&mut self, settings: &IntegrationSettings) -> Option<Okta> {
        let began = self.begin(Step::Address).await;
        let okta = match self.desk.connections.of(self.id, settings) {
            Ok(okta) => okta,
            Err(trouble) => {
                self.end(Step::Address, began, End::Failed(trouble)).await;
                self.skip(&[Step::Tls]).await;
                return None;
            }
        };
        let organization = okta.organization().await;
        let is_tls = |error: &OktaError| matches!(error.problem(), Problem::Tls { .. });
        match organization {
            Err(error) if is_tls(&error) => {
                self.end(Step::Address, began, End::Passed(None)).await;
                self.end(Step::Tls, began, End::Failed(error.into())).await;
                None
            }
            Err(error) => {
                self.end(Step::Address, began, End::Failed(error.into()))
                    .await;
                self.skip(&[Step::Tls]).await;
                None
            }
            Ok(organization) if organization.id != settings.org_id => {
                let trouble = another_org(&organization.id, settings);
                self.end(Step::Address, began, End::Failed(trouble)).await;
                self.skip(&[Step::Tls]).await;
                None
            }
            Ok(organization) => {
                let found = format!("The org's id is {}.", organization.id);
                self.end(Step::Address, began, End::Passed(Some(found)))
                    .await;
                self.end(Step::Tls, began, End::Passed(None)).await;
                Some(okta)
            }
        }
    }

    /// Token and scopes; says whether we are let in at all.
    async fn token(&mut self, okta: &Okta, settings: &IntegrationSettings) -> bool {
        let began = self.begin(Step::Token).await;
        let granted = match okta.granted().await {
            Ok(granted) => granted,
            Err(error) => {
                self.end(Step::Token, began, End::Failed(error.into()))
                    .await;
                self.skip(&[Step::Scopes]).await;
                return false;
            }
        };
        self.end(Step::Token, began, End::Passed(None)).await;
        let began = self.begin(Step::Scopes).await;
        let mut missing = granted.missing();
        // Who may change hooks may look at them.
        let manages = granted.has(Scope::ManageEventHooks);
        missing.retain(|scope| !(manages && *scope == Scope::ReadEventHooks));
        let end = match missing.as_slice() {
            [] => End::Passed(None),
            [Scope::ReadLogs] => End::Warning(no_system_log(settings)),
            missing => End::Failed(missing_scopes(missing)),
        };
        self.end(Step::Scopes, began, end).await;
        true
    }

    /// Limit, creation and verification of the hook.
    async fn hook(&mut self, okta: &Okta, settings: &IntegrationSettings) {
        let began = self.begin(Step::HookLimit).await;
        let hooks = match okta.event_hooks().await {
            Ok(hooks) => hooks,
            Err(error) => {
                self.end(Step::HookLimit, began, End::Failed(error.into()))
                    .await;
                self.skip(&[Step::HookCreated, Step::HookVerified]).await;
                return;
            }
        };
        let desk = self.desk;
        let wanted = Subscription::of(self.id, settings, desk.directory.store(), &desk.public_url);
        let fits = match &wanted {
            Ok(wanted) => wanted.fits(&hooks),
            Err(_) => Ok(()),
        };
        let is_full = fits.is_err();
        let count = hooks.len();
        let end = match fits {
            Ok(()) => End::Passed(Some(format!("The org has {count} event hooks."))),
            Err(trouble) => End::Failed(trouble),
        };
        self.end(Step::HookLimit, began, end).await;
        if is_full {
            self.skip(&[Step::HookCreated, Step::HookVerified]).await;
            return;
        }
        let began = self.begin(Step::HookCreated).await;
        let established = match wanted {
            Ok(wanted) => self.establish(okta, &wanted, &hooks).await,
            Err(trouble) => Err(trouble),
        };
        match established {
            Ok(hook) => {
                let found = format!("Its id at Okta is {}.", hook.id);
                self.end(Step::HookCreated, began, End::Passed(Some(found)))
                    .await;
                self.verify(okta, &hook).await;
            }
            Err(trouble) => {
                self.end(Step::HookCreated, began, End::Failed(trouble))
                    .await;
                self.skip(&[Step::HookVerified]).await;
            }
        }
    }

    async fn establish(
        &self,
        okta: &Okta,
        wanted: &Subscription,
        hooks: &[EventHook],
    ) -> Result<EventHook, Trouble> {
        let hook = wanted.establish(okta, wanted.among(hooks)).await?;
        self.desk.note_hook(self.id, &hook.id).await?;
        Ok(hook)
    }

    /// Also of one that is verified: whoever validates wants to know whether Okta reaches us now.
    async fn verify(&mut self, okta: &Okta, hook: &EventHook) {
        let began = self.begin(Step::HookVerified).await;
        let verified = async {
            okta.verify_event_hook(&hook.id).await?;
            self.desk.note_verified(self.id).await
        };
        let end = match verified.await {
            Ok(()) => End::Passed(None),
            Err(trouble) => End::Failed(trouble),
        };
        self.end(Step::HookVerified, began, end).await;
    }

    async fn system_log(&mut self, okta: &Okta) {
        let began = self.begin(Step::SystemLog).await;
        let now = Timestamp::now();
        let request = LogRequest::Since {
            since: now.checked_sub(LOOK_BACK).unwrap_or(now),
            filter: None,
            limit: 1,
        };
        let end = match okta.system_log(&request).await {
            Ok(_) => End::Passed(None),
            Err(error) => match error.problem() {
                Problem::MissingScope { .. } | Problem::NoPermission => {
                    let loss = "Only what event hooks carry comes in, and what they lose is lost.";
                    End::Warning(Trouble {
                        sentence: format!("{} {loss}", error.sentence()),
                        ..error.into()
                    })
                }
                _ => End::Failed(error.into()),
            },
        };
        self.end(Step::SystemLog, began, end).await;
    }

    async fn first_event(&mut self) {
        let began = self.begin(Step::FirstEvent).await;
        let last = loop {
            let last = self.desk.activity.last_event(self.id);
            if last.is_some() || began.elapsed() >= self.wait {
                break last;
            }
            tokio::time::sleep(LOOK).await;
        };
        let end = if let Some(last) = last {
            End::Passed(Some(format!("The last event came at {last}.")))
        } else {
            let sentence = "No event has come yet, and that is no mistake: a new hook takes a few \
                                minutes to deliver.";
            let remedy = "Sign in to the org to cause an event, and look again in five minutes.";
            End::Waiting(Trouble::new(sentence, remedy))
        };
        self.end(Step::FirstEvent, began, end).await;
    }

    async fn begin(&self, step: Step) -> Instant {
        self.tell(Report::of(step, State::Running)).await;
        Instant::now()
    }

    async fn skip(&mut self, steps: &[Step]) {
        for step in steps {
            self.end(*step, Instant::now(), End::Skipped).await;
        }
    }

    async fn end(&mut self, step: Step, began: Instant, end: End) {
        let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (state, trouble) = match end {
            End::Passed(None) => (State::Passed, None),
            End::Passed(Some(found)) => (State::Passed, Some(Trouble::new(found, ""))),
            End::Warning(trouble) => (State::Warning, Some(trouble)),
            End::Failed(trouble) => (State::Failed, Some(trouble)),
            End::Skipped => (State::Skipped, None),
            End::Waiting(trouble) => (State::Waiting, Some(trouble)),
        };
        self.is_failed |= state == State::Failed;
        let mut report = Report {
            milliseconds: Some(took),
            ..Report::of(step, state)
        };
        if let Some(trouble) = trouble {
            report.sentence = Some(trouble.sentence);
            report.remedy = Some(trouble.remedy).filter(|remedy| !remedy.is_empty());
            report.code = trouble.code;
            report.error_id = trouble.error_id;
        }
        self.tell(report).await;
    }

    /// Whoever has gone away misses it; the work goes on.
    async fn tell(&self, report: Report) {
        drop(self.reports.send(report).await);
    }
}

impl Report {
    const fn of(step: Step, state: State) -> Self {
        Self {
            step,
            state,
            milliseconds: None,
            sentence: None,
            remedy: None,
            code: None,
            error_id: None,
        }
    }
}

fn another_org(found: &str, settings: &IntegrationSettings) -> Trouble {
    let sentence = format!(
        "{} is the org {found}, and the integration is of the org {}.",
        settings.domain, settings.org_id
    );
    let remedy = "Delete the integration and connect the org that you mean.";
    Trouble::new(sentence, remedy)
}

fn missing_scopes(missing: &[Scope]) -> Trouble {
    let names: Vec<&str> = missing.iter().map(|scope| scope.name()).collect();
    let sentence = format!("Okta does not grant us {}.", names.join(", "));
    let remedy =
        "Grant these scopes to the app at Okta (its tab Okta API Scopes), and validate again.";
    Trouble::new(sentence, remedy)
}

fn no_system_log(settings: &IntegrationSettings) -> Trouble {
    let unseen = settings.event_types.by_system_log();
    let mut sentence =
        "Okta does not grant us okta.logs.read: events that the hook loses stay lost.".to_owned();
    if !unseen.is_empty() {
        let more = format!(" These do not come at all: {}.", unseen.join(", "));
        sentence.push_str(&more);
    }
    let remedy =
        "Grant okta.logs.read to the app at Okta (its tab Okta API Scopes), and validate again.";
    Trouble::new(sentence, remedy)
}
