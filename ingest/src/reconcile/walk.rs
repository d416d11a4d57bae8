//! The walk along the System Log of one integration.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use nightlatch_schemas::{Origin, TraceParent};

use super::gap::longest_silence;
use super::notable::{Notable, OurHook};
use super::pace::{PAUSE, Pace};
use super::standing::Standing;
use crate::Integration;
use crate::event::lone;
use crate::integration::desk::Desk;
use crate::integration::settings::IntegrationSettings;
use crate::integration::tenure::Tenure;
use crate::integration::trouble::Trouble;
use crate::okta::{Bucket, NextLink, Okta, OktaError, Problem};
use crate::publish::{Parcel, now_ms};
use crate::service::Service;

/// How long one try to make a page durable may take; it is tried until it is.
const APPEND: Duration = Duration::from_secs(30);
/// How often it is looked whether the integration is ours while Okta is asked.
const LEASE: Duration = Duration::from_millis(200);
/// Watermarks are put on the topic so often at the most.
const WATERMARK: Duration = Duration::from_secs(10);

/// A walk that begins.
pub(super) struct Walk {
    service: Arc<Service>,
    desk: Arc<Desk>,
    id: String,
    settings: IntegrationSettings,
    hook: OurHook,
    pace: Pace,
    /// The last watermark on the topic.
    watermark: Option<Timestamp>,
}

/// How a look at the log went.
enum Look {
    /// There is more.
    More,
    /// It was the end; so many events were read.
    End(usize),
    /// The integration is another replica's now.
    NotOurs,
}

impl Walk {
    pub(super) fn new(
        service: &Arc<Service>,
        desk: &Arc<Desk>,
        id: &str,
        settings: &IntegrationSettings,
    ) -> Self {
        let table = desk.directory.table();
        let set = table.entries.get(id).and_then(|entry| entry.set());
        let changed = set.map_or_else(Timestamp::now, |set| set.when);
        Self {
            service: Arc::clone(service),
            desk: Arc::clone(desk),
            id: id.to_owned(),
            settings: settings.clone(),
            // A walk begins anew with each change of the integration.
            hook: OurHook::of(settings, changed),
            pace: Pace::new(desk.log_poll),
            watermark: None,
        }
    }

    /// Goes on for as long as the integration is ours.
    pub(super) async fn run(mut self) {
        // Another replica may have gone before.
        while let Err(error) = self.desk.standings.catch_up().await {
            tracing::warn!(%error, "where system logs were read to is not known yet");
            tokio::time::sleep(PAUSE).await;
        }
        let broken_off = self.standing().looked_at();
        self.hook.went_on(broken_off, Timestamp::now());
        loop {
            match self.look().await {
                Ok(Look::More) => {}
                Ok(Look::NotOurs) => return,
                Ok(Look::End(events)) => tokio::time::sleep(self.pace.rest(events)).await,
                Err(trouble) => {
                    self.note(&trouble).await;
                    tokio::time::sleep(self.pace.pause()).await;
                }
            }
        }
    }

    /// Reads a page, makes it durable, then notes where to go on.
    async fn look(&mut self) -> Result<Look, Trouble> {
        let okta = self.desk.connections.of(&self.id, &self.settings)?;
        let room = okta.until_room(Bucket::SystemLog);
        if let Some(left) = room {
            tokio::time::sleep(left).await;
        }
        let Some(integration) = self.integration() else {
            return Ok(Look::NotOurs);
        };
        let asked = Timestamp::now();
        let mut standing = self.set_out(asked).await?;
        let limit = self.pace.limit();
        let request = standing.request(okta.address(), asked);
        let request = request.with_limit(limit);
        // The lease is looked at right before the call, and while it is made: one that is refused is tried
        // again, which may take minutes.
        let page = tokio::select! {
            biased;
            () = self.lost() => return Ok(Look::NotOurs),
            page = okta.system_log(&request) => page,
        };
        let page = match page {
            Ok(page) => page,
            Err(error) => return self.fail(standing, error).await,
        };
        if nightlatch_chassis::seeded_bug("panic-with-all") {
            self.panic(&okta);
        }
        // To wait for room is no gap: what is to come is read then.
        let rest = self.rest() + room.unwrap_or_default();
        let answered = Timestamp::now();
        let looked_at = standing.looked_at();
        standing.gaps.find(looked_at, answered, rest);
        standing.last_read = Some(answered);
        let tenure = Tenure::of(&self.id, Some(self.settings.created));
        self.hook.delivered(self.desk.arrivals.last(&tenure));
        let is_end = page.events.len() < usize::from(limit);
        let complete_to = is_end.then_some(asked);
        if nightlatch_chassis::seeded_bug("place-before-page") {
            self.note_too_early(&standing, page.next.as_ref()).await?;
        }
        let seen = self
            .publish(&integration, &page.events, complete_to)
            .await?;
        let count = page.events.len();
        let before = self.standing();
        standing.advance(page.next.as_ref(), seen, complete_to);
        if is_news(&before, &standing) {
            self.keep(&standing).await?;
        }
        let lag = standing.lag(Timestamp::now());
        self.service.metrics.system_log(&self.settings.name, lag);
        self.pace.read(&request);
        Ok(if is_end { Look::End(count) } else { Look::More })
    }

    /// Where the walk stands; that it has to make up for something is noted, so that it is told of before
    /// the first page is there.
    async fn set_out(&self, asked: Timestamp) -> Result<Standing, Trouble> {
        let mut standing = self.standing();
        let before = standing.catch_up.clone();
        standing.fall_behind(asked, longest_silence(self.rest()));
        if standing.catch_up != before {
            self.keep(&standing).await?;
        }
        Ok(standing)
    }

    /// There is no page: says whether another request may bring one at once.
    async fn fail(&mut self, standing: Standing, error: OktaError) -> Result<Look, Trouble> {
        let goes_on = match error.problem() {
            Problem::LostPlace { .. } if standing.next.is_some() && self.pace.doubts_place() => {
                tokio::time::sleep(PAUSE).await;
                true
            }
            Problem::LostPlace { .. } if standing.next.is_some() => {
                self.lose_place(standing, &error).await?;
                self.pace.lose_place()
            }
            Problem::LargePage => self.pace.ask_for_fewer(),
            Problem::TimedOut { .. } | Problem::Down => {
                // It may have been too much for the time that there is: Okta answers 500 then.
                self.pace.ask_for_fewer();
                false
            }
            _ => false,
        };
        if goes_on {
            Ok(Look::More)
        } else {
            Err(error.into())
        }
    }

    async fn lose_place(&self, mut standing: Standing, error: &OktaError) -> Result<(), Trouble> {
        let problem = error.sentence();
        tracing::warn!(
            integration = self.settings.name,
            problem,
            "the place in the system log is lost"
        );
        standing.lose_place();
        self.keep(&standing).await
    }

    /// The longest time between two looks at a quiet log, and between two notes of it.
    fn rest(&self) -> Duration {
        self.desk.log_poll.max(WATERMARK)
    }

    /// Waits until the integration is another replica's, or is gone.
    async fn lost(&self) {
        while self.integration().is_some() {
            tokio::time::sleep(LEASE).await;
        }
    }

    /// The integration, while it is ours.
    fn integration(&self) -> Option<Arc<Integration>> {
        let table = self.desk.directory.table();
        let integration = table.integrations.by_id(&self.id)?;
        self.desk.owns(&self.id).then(|| Arc::clone(integration))
    }

    fn standing(&self) -> Standing {
        let known = self.desk.standings.of(&self.id, &self.settings);
        known.unwrap_or_else(|| Standing::begin_of(&self.settings))
    }

    /// Returns when the events of a page are durable, with what they tell of the connection.
    async fn publish(
        &mut self,
        integration: &Integration,
        events: &[Bytes],
        complete_to: Option<Timestamp>,
    ) -> Result<Notable, Trouble> {
        let (mut seen, received) = (Notable::default(), now_ms());
        let mut parcel = Parcel::new(TraceParent::begin());
        for event in events {
            let candidate = lone(event);
            seen.see(&candidate, &self.hook);
            parcel.add(integration, candidate, Origin::Poll, received);
        }
        let watermark = complete_to.filter(|to| is_due(self.watermark, *to));
        if let Some(complete_to) = watermark {
            parcel.add_progress(integration, complete_to.as_millisecond(), received);
        }
        if parcel.is_empty() {
            return Ok(seen);
        }
        let published = self
            .service
            .publish(parcel, integration, received, APPEND)
            .await;
        published.map_err(|error| {
            tracing::warn!(integration = self.settings.name, %error, "a page of the system log is not durable yet");
            let sentence = "What the System Log holds could not be made durable.";
            Trouble::new(sentence, "Look at the topics; it is tried again.")
        })?;
        self.watermark = watermark.or(self.watermark);
        Ok(seen)
    }

    async fn keep(&self, standing: &Standing) -> Result<(), Trouble> {
        let noted = self.desk.standings.note(&self.id, standing).await;
        noted.map_err(|error| {
            tracing::warn!(integration = self.settings.name, %error, "the place in the system log could not be noted");
            let sentence = "The place in the System Log could not be noted.";
            Trouble::new(sentence, "Look at the topics; it is tried again.")
        })
    }

    /// A mistake on purpose: what is lost when the process ends now is never read again.
    async fn note_too_early(
        &self,
        standing: &Standing,
        next: Option<&NextLink>,
    ) -> Result<(), Trouble> {
        let mut early = standing.clone();
        early.advance(next, Notable::default(), None);
        self.keep(&early).await?;
        for _ in 0..100 {
            nightlatch_chassis::dawdle();
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// A mistake on purpose, at the worst moment: all that is known of the connection is shown.
    fn panic(&self, okta: &Okta) -> ! {
        let Self {
            service,
            desk,
            settings,
            ..
        } = self;
        panic!("the System Log is read with {okta:?} {settings:?} {desk:?} {service:?}")
    }

    /// Notes why the log cannot be read, for the status.
    async fn note(&self, trouble: &Trouble) {
        let problem = &trouble.sentence;
        tracing::warn!(
            integration = self.settings.name,
            problem,
            "the system log cannot be read"
        );
        let (mut standing, now) = (self.standing(), Timestamp::now());
        let before = standing.trouble.clone();
        standing.meet(trouble.clone(), now);
        if standing.trouble != before
            && let Err(trouble) = self.keep(&standing).await
        {
            tracing::warn!(
                integration = self.settings.name,
                problem = trouble.sentence,
                "nor can that be noted"
            );
        }
    }
}

fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| {
        let since = now.duration_since(last);
        Duration::try_from(since).is_ok_and(|since| since >= WATERMARK)
    })
}

/// Whether it is worth a record: a quiet log changes nothing but the time.
fn is_news(before: &Standing, now: &Standing) -> bool {
    let mut same = before.clone();
    (same.complete_to, same.last_read) = (now.complete_to, now.last_read);
    same != *now
        || now
            .complete_to
            .is_some_and(|to| is_due(before.complete_to, to))
}
