//! The whole of it: an org at 200 events a second whose hooks lose, double, delay and shuffle deliveries,
//! whose events are late by up to a day, whose System Log errs and refuses, while deliveries fail for
//! hours and our processes are killed. When the dust has settled, every event that the org ever logged
//! has one runtime event and one row in each feed.
//!
//! Time in the org runs faster than ours, so that a day of it fits into a run; the pace is of our time.
//! `NIGHTLATCH_ORG_SECONDS` says how long the org is busy, `NIGHTLATCH_SEED` replays a run. With
//! `NIGHTLATCH_TEST_KAFKA` services run apart, two of each.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use nightlatch_okta_sim::{
    DeliveryOptions, Endpoint, Fault, Harm, LogOptions, Mishaps, Options, Simulator,
};
use nightlatch_schemas::runtime_event_id;

use super::gateway::Gateway;
use super::plan::{Strike, plan};
use super::processes::Processes;
use super::toll::{Toll, refused};
use super::verdict::Findings;
use super::wizard::Api;
use super::{facing, options};
use crate::deadline::{SOON, within};
use crate::fleet::Service;
use crate::installation::{EVERY_EVENT, EVERYTHING, Installation};
use crate::kill::number;
use crate::load::{MACHINE, client};
use crate::verdict::Fault as Broken;

/// Seconds that the org is busy unless `NIGHTLATCH_ORG_SECONDS` says otherwise.
const SECONDS: u32 = 20;
/// With so many the org's clock runs as ours does.
const OUR_TIME: u32 = 30 * 60 * 60;
/// Events in a second of our time.
const RATE: f64 = 200.0;
/// So long the org is busy, by its own clock: events that are late by a day come within the run, too.
const BUSY: Duration = Duration::from_hours(30);
const LATE_BY: Duration = Duration::from_hours(24);
/// The time of the org begins so long ago: it must not reach ours before the last late event.
const BEGAN: Duration = Duration::from_hours(72);
/// How long all may take to come through in the end.
const DRAIN: Duration = Duration::from_mins(3);
const TICK: Duration = Duration::from_millis(20);
/// No event hook carries it.
const LAST: &str = r#"{"eventType":"policy.evaluate_sign_on","displayMessage":"The last event"}"#;

/// A run.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) seconds: u32,
    pub(crate) seed: u64,
    /// Variables of our processes.
    pub(crate) variables: Vec<(&'static str, &'static str)>,
}

/// A run that is under way.
pub(super) struct Run {
    pub(super) org: Simulator,
    pub(super) gateway: Gateway,
    pub(super) processes: Processes,
    toll: Toll,
    dark: Option<Dark>,
}

/// A span in which no delivery comes through.
#[derive(Debug)]
struct Dark {
    until: Instant,
    /// How many had failed before.
    failed: u64,
}

impl Scenario {
    /// One in which the org's clock runs as ours does.
    pub(super) fn in_our_time() -> Self {
        Self {
            seconds: OUR_TIME,
            seed: rand::random(),
            variables: Vec::new(),
        }
    }

    /// Runs it and judges what is there in the end.
    pub(crate) async fn run(&self) -> Vec<Broken> {
        let _machine = MACHINE.lock().await;
        println!(
            "NIGHTLATCH_ORG_SECONDS={} NIGHTLATCH_SEED={}",
            self.seconds, self.seed
        );
        let mut run = self.start().await;
        let integration = run.connect().await;
        self.make_busy(&run.org);
        let plan = plan(self.seed, self.seconds);
        for (pause, strike) in &plan {
            run.wait(*pause).await;
            run.befall(*strike).await;
        }
        run.rest().await;
        let is_drained = run.drain(&integration).await;
        let mut findings = Findings::of(&run.processes, &run.org).await;
        if !is_drained {
            findings.faults.push(Broken::Stuck);
        }
        println!("{findings}");
        let promised = RATE * f64::from(self.seconds);
        run.toll.assert_as_planned(&plan, promised, &run.org);
        run.processes.end().await;
        findings.faults
    }

    pub(super) async fn start(&self) -> Run {
        let options = Options {
            starts_ago: BEGAN,
            delivery: DeliveryOptions {
                batch_window: Duration::from_secs_f64(self.speed() * 0.02),
                ..options(self.seed).delivery
            },
            log: LogOptions {
                late_share: 0.1,
                late_by: LATE_BY,
                ..LogOptions::default()
            },
            ..options(self.seed)
        };
        let org = Simulator::start(options).await.unwrap();
        let gateway = Gateway::open().await;
        let mut installation = facing(Installation::watching_everything(), &org, &gateway);
        for (name, value) in &self.variables {
            installation = installation.with_variable(name, value);
        }
        let processes = Processes::start(installation).await;
        gateway.lead_to(processes.hooks());
        Run {
            org,
            gateway,
            processes,
            toll: Toll::default(),
            dark: None,
        }
    }

    /// Seconds of the org in one of ours.
    fn speed(&self) -> f64 {
        BUSY.as_secs_f64() / f64::from(self.seconds)
    }

    fn make_busy(&self, org: &Simulator) {
        org.set_mishaps(Mishaps {
            lost: 0.05,
            duplicated: 0.2,
            delayed: 0.05,
            shuffled: 0.1,
            ..Mishaps::default()
        });
        org.clock().set_speed(self.speed());
        org.set_pace(RATE / self.speed());
    }
}

impl Run {
    /// Connects the org, all of its System Log included, and returns the integration's id.
    pub(super) async fn connect(&self) -> String {
        let began = Timestamp::from_millisecond(self.org.clock().now_ms()).unwrap();
        let start = began - SignedDuration::from_hours(1);
        let ingest = self.processes.running(Service::Ingest).remove(0);
        Api::at(ingest.api)
            .connect(&self.org, &start.to_string())
            .await
    }

    /// Has an eye on the processes meanwhile.
    pub(super) async fn wait(&mut self, pause: Duration) {
        let end = Instant::now() + pause;
        while Instant::now() < end {
            tokio::time::sleep(TICK).await;
            self.look();
        }
    }

    fn look(&mut self) {
        self.processes.look();
        self.gateway.lead_to(self.processes.hooks());
        if self
            .dark
            .as_ref()
            .is_some_and(|dark| Instant::now() >= dark.until)
        {
            self.lighten();
        }
    }

    /// Lets nothing through for a while; the span before ends now if it has not yet.
    fn darken(&mut self, span: Duration) {
        self.lighten();
        self.gateway.close(true);
        self.dark = Some(Dark {
            until: Instant::now() + span,
            failed: self.org.delivery_counts().failed,
        });
    }

    fn lighten(&mut self) {
        if let Some(dark) = self.dark.take() {
            self.gateway.close(false);
            let failed = self.org.delivery_counts().failed;
            self.toll.dark(failed - dark.failed);
        }
    }

    async fn befall(&mut self, strike: Strike) {
        let log = |harm| Fault::at(Endpoint::Logs, harm);
        match strike {
            Strike::Kill { down } => {
                let number = self.toll.kill();
                self.processes.kill(number);
                self.wait(down).await;
                self.processes.start_again(number).await;
            }
            Strike::Dark(span) => self.darken(span),
            Strike::Errors => {
                self.org.add_fault(log(Harm::Status(500)).times(2));
                let token = Fault::at(Endpoint::Token, Harm::Status(500));
                self.org.add_fault(token.times(1));
            }
            Strike::Crowd => self.crowd().await,
            Strike::UsedUp => self.org.add_fault(log(Harm::TooManyRequests).times(1)),
            Strike::CutShort => {
                self.org.add_fault(log(Harm::Truncated).times(1));
                self.org.add_fault(log(Harm::Unanswered).times(1));
            }
        }
    }

    /// Refuses everybody until we have been refused.
    async fn crowd(&mut self) {
        let (limits, before) = (self.org.limits(), refused(&self.org));
        let none = nightlatch_okta_sim::LimitOptions {
            concurrent: 0,
            ..limits
        };
        self.org.set_limits(none);
        let ended = within(SOON, async || {
            self.look();
            (refused(&self.org) > before).then_some(())
        });
        assert!(ended.await.is_some(), "nothing was asked of the org");
        self.org.set_limits(limits);
    }

    /// Lets the org rest, and time in it pass until the last late event was logged.
    pub(super) async fn rest(&mut self) {
        while let Some(dark) = &self.dark {
            let left = dark.until.saturating_duration_since(Instant::now());
            self.wait(left + TICK).await;
        }
        self.org.set_pace(0.0);
        self.org.clock().set_speed(1.0);
        self.processes.ready().await;
        self.look();
        self.org.settle().await;
        // What happens from now on is not late.
        self.org.set_log_options(LogOptions::default());
        self.org.clock().skip(LATE_BY + Duration::from_hours(1));
        // What was held back is delivered only now.
        self.org.settle().await;
    }

    /// Lets one more event happen, which only the System Log has, and waits until it is in each feed:
    /// what was logged before has come through then, as the log is read in its order. Says whether
    /// that came to be. Where Okta has logged more meanwhile it is done anew.
    pub(super) async fn drain(&mut self, integration: &str) -> bool {
        let client = client(SOON);
        loop {
            let last = self.org.emit(LAST).unwrap().to_string();
            let logged = self.org.event_count();
            let id = runtime_event_id(integration, EVERYTHING, EVERY_EVENT, &last);
            let shown = within(DRAIN, async || {
                self.look();
                for sink in self.processes.running(Service::Sink) {
                    let row = client.get(format!("http://{}/api/v1/events/{id}", sink.api));
                    row.send().await.ok()?.error_for_status().ok()?;
                }
                Some(())
            });
            if shown.await.is_none() {
                return false;
            }
            if self.org.event_count() == logged {
                return true;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_that_the_org_ever_logged_is_detected_once_whatever_goes_wrong() {
    let scenario = Scenario {
        seconds: number("NIGHTLATCH_ORG_SECONDS").unwrap_or(SECONDS),
        seed: number("NIGHTLATCH_SEED").unwrap_or_else(rand::random),
        variables: Vec::new(),
    };
    let faults = scenario.run().await;
    assert!(faults.is_empty(), "{} broken promises", faults.len());
}
