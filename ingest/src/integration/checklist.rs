//! The checklist of a connection: from the org's address to its first event, each step with its time
//! and, when it fails, with what to do. Going through it creates the event hook and verifies it.

mod report;

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

pub(crate) use report::Report;
use report::{End, State, Step};

use super::desk::Desk;
use super::settings::IntegrationSettings;
use super::subscription::Subscription;
use super::tenure::Tenure;
use super::trouble::Trouble;
use super::watch::Observation;
use crate::okta::{EventHook, LogRequest, Okta, OktaError, Problem, Scope};

/// How often it is looked whether an event has come.
const LOOK: Duration = Duration::from_millis(100);
/// How far back a look into the System Log goes.
const LOOK_BACK: Duration = Duration::from_mins(10);
/// For so long a delivery shows that the hook delivers.
const PROOF: SignedDuration = SignedDuration::from_hours(24);

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
        let tenure = Tenure::of(self.id, Some(settings.created));
        self.first_event(&tenure).await;
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
        let _turn = self.desk.turns.take(self.id).await;
        // Somebody may have changed it before it was our turn.
        let current = self.desk.current(self.id).await;
        let settings = &current.map_or_else(|_| settings.clone(), |current| current.settings);
        if settings.paused.is_some() {
            let trouble = Trouble::new(
                "Somebody has paused the integration meanwhile.",
                "Resume it, and validate again.",
            );
            self.end(Step::HookLimit, began, End::Failed(trouble)).await;
            self.skip(&[Step::HookCreated, Step::HookVerified]).await;
            return;
        }
        let store = self.desk.directory.store();
        let wanted = Subscription::of(self.id, settings, store, &self.desk.public_url);
        let Some(hooks) = self.room(okta, wanted.as_ref().ok(), began).await else {
            self.skip(&[Step::HookCreated, Step::HookVerified]).await;
            return;
        };
        let began = self.begin(Step::HookCreated).await;
        let established = match wanted {
            Ok(wanted) => {
                let hook = self.desk.establish_hook(self.id, okta, &wanted, &hooks);
                hook.await.map(|hook| (hook, wanted.secret_set()))
            }
            Err(trouble) => Err(trouble),
        };
        match established {
            Ok((hook, secret_set)) => {
                let found = format!("Its id at Okta is {}.", hook.id);
                self.end(Step::HookCreated, began, End::Passed(Some(found)))
                    .await;
                self.verify(okta, &hook, secret_set).await;
            }
            Err(trouble) => {
                self.end(Step::HookCreated, began, End::Failed(trouble))
                    .await;
                self.skip(&[Step::HookVerified]).await;
            }
        }
    }

    /// The org's hooks, when there is room for ours.
    async fn room(
        &mut self,
        okta: &Okta,
        wanted: Option<&Subscription>,
        began: Instant,
    ) -> Option<Vec<EventHook>> {
        let hooks = match okta.event_hooks().await {
            Ok(hooks) => hooks,
            Err(error) => {
                let end = End::Failed(error.into());
                self.end(Step::HookLimit, began, end).await;
                return None;
            }
        };
        let fits = wanted.map_or(Ok(()), |wanted| wanted.fits(&hooks));
        let has_room = fits.is_ok();
        let end = match fits {
            Ok(()) => {
                let count = hooks.len();
                End::Passed(Some(format!("The org has {count} event hooks.")))
            }
            Err(trouble) => End::Failed(trouble),
        };
        self.end(Step::HookLimit, began, end).await;
        has_room.then_some(hooks)
    }

    /// Also of one that is verified: whoever validates wants to know whether Okta reaches us now.
    async fn verify(&mut self, okta: &Okta, hook: &EventHook, secret_set: Timestamp) {
        let began = self.begin(Step::HookVerified).await;
        let verified = async {
            let hook = okta.verify_event_hook(&hook.id).await?;
            self.desk.note_verified(self.id, secret_set).await?;
            // What was wrong with it before is told of no more, without waiting for the next look.
            let seen = Observation::of(&hook);
            self.desk.observations.note(self.id, seen).await;
            Ok::<_, Trouble>(())
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

    /// That the hook delivers. What the System Log has is no proof of it: the org logs what we do to the hook,
    /// too.
    async fn first_event(&mut self, tenure: &Tenure) {
        let began = self.begin(Step::FirstEvent).await;
        let asked = Timestamp::now();
        let is_proof = |last: &Timestamp| asked.duration_since(*last) < PROOF;
        let last = loop {
            let last = self.desk.arrivals.last(tenure);
            if last.as_ref().is_some_and(is_proof) || began.elapsed() >= self.wait {
                break last;
            }
            tokio::time::sleep(LOOK).await;
        };
        let end = if let Some(last) = last.filter(is_proof) {
            End::Passed(Some(format!("The hook delivered last at {last:.0}.")))
        } else {
            let is_logged = self.desk.activity.last_event(tenure).is_some();
            End::Waiting(undelivered(last, is_logged))
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
        let report = end.report(step, took);
        self.is_failed |= report.state == State::Failed;
        self.tell(report).await;
    }

    /// Whoever has gone away misses it; the work goes on.
    async fn tell(&self, report: Report) {
        drop(self.reports.send(report).await);
    }
}

/// The hook has delivered nothing of late: `last` is when it did before. Events may have come by the System
/// Log all the same.
fn undelivered(last: Option<Timestamp>, is_logged: bool) -> Trouble {
    let sentence = match last {
        Some(last) => format!(
            "The hook delivered last at {last:.0}, over a day ago, which is no proof that it does now."
        ),
        None if is_logged => "Events are read from the System Log, but the hook has not delivered \
                              any yet: a new hook takes a few minutes."
            .to_owned(),
        None => "No event has come yet, and that is no mistake: a new hook takes a few minutes to \
                 deliver."
            .to_owned(),
    };
    let remedy = "Sign in to the org to cause an event, and look again in five minutes.";
    Trouble::new(sentence, remedy)
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
