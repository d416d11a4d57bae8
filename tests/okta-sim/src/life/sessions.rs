//! People sign in, answer challenges, open apps and sign out.

use rand::RngExt;

use super::{Life, Moment};
use crate::acts::sign_in::{self, Answer};
use crate::dice::pick;
use crate::draft::Draft;
use crate::event_kind::SESSION_CONTEXT;
use crate::novelty::Novelty;
use crate::org::Factor;
use crate::session::Session;
use crate::traffic::SimEvent;

/// Somebody opens one of their apps.
pub(super) fn open_app(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let Some(index) = life.live_session(moment.dice, |_| true) else {
        return start(life, moment);
    };
    let session = &life.live[index];
    let app = *pick(moment.dice, &session.owner(moment.org).apps);
    let draft = sign_in::open_app(moment.org, moment.dice, session, &moment.org.apps[app]);
    moment.stamp(draft)
}

/// A session starts: for one who has passed a challenge, or on a remembered device. Now and then
/// a password is wrong.
pub(super) fn start(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    if let Some((session, novelty)) = life.waiting.pop_front() {
        return begin(life, moment, session, novelty);
    }
    let (session, novelty) = arrive(moment);
    if moment.dice.random_bool(0.2) && life.may_fail(session.user, moment.now_ms) {
        let user = session.owner(moment.org);
        let draft = sign_in::refused(
            moment.org,
            user,
            &session.origin,
            novelty,
            "INVALID_CREDENTIALS",
        );
        return moment.stamp(draft);
    }
    begin(life, moment, session, novelty)
}

/// Somebody proves who they are: at the door, mostly, or again for an app that asks for more.
pub(super) fn challenge(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    if moment.dice.random_bool(0.2)
        && let Some(index) = life.live_session(moment.dice, |_| true)
    {
        let user = life.live[index].user;
        let failing = moment.dice.random_bool(0.05) && life.may_fail(user, moment.now_ms);
        return answer(moment, &life.live[index], failing, Novelty::Usual);
    }
    let (session, novelty) = arrive(moment);
    let failing = moment.dice.random_bool(0.03) && life.may_fail(session.user, moment.now_ms);
    let event = answer(moment, &session, failing, novelty);
    if !failing {
        life.waiting.push_back((session, novelty));
    }
    event
}

/// Somebody signs out.
pub(super) fn end(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let Some(index) = life.live_session(moment.dice, |_| true) else {
        return start(life, moment);
    };
    let session = life.live.swap_remove(index);
    moment.stamp(sign_in::end(moment.org, &session))
}

/// A partner's people come in through the partner's own identity provider.
pub(super) fn via_partner(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let (session, novelty) = arrive(moment);
    let event = moment.stamp(sign_in::via_partner(moment.org, &session));
    life.waiting.push_back((session, novelty));
    event
}

/// A session is seen from another network, as when a laptop is carried home.
pub(super) fn context_change(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let Some(index) = life.live_session(moment.dice, |_| true) else {
        return start(life, moment);
    };
    let session = &life.live[index];
    let owner = &session.owner(moment.org).entity;
    let draft = Draft::new(&SESSION_CONTEXT, owner, &session.origin)
        .session(&session.id)
        .rated(Novelty::Usual)
        .uri("/api/v1/internal/device/assurance")
        .target(owner)
        .debug("changedAttributes", "ip, geolocation");
    moment.stamp(draft)
}

/// Somebody turns up at the sign-in page, from home, the office, a phone or a journey.
fn arrive(moment: &mut Moment<'_>) -> (Session, Novelty) {
    let number = moment.dice.random_range(0..moment.org.users.len());
    let user = &moment.org.users[number];
    let (origin, novelty) = match moment.dice.random_range(0..100) {
        0..40 => (user.computer.in_office(), Novelty::Usual),
        40..75 => (user.computer.clone(), Novelty::Usual),
        75..98 => (user.mobile.clone(), Novelty::Usual),
        _ => (user.computer.travelling(moment.dice), Novelty::Journey),
    };
    (Session::new(moment.dice, number, origin), novelty)
}

fn begin(life: &mut Life, moment: &mut Moment<'_>, session: Session, novelty: Novelty) -> SimEvent {
    let event = moment.stamp(sign_in::start(moment.org, &session, novelty));
    // One session for each browser of a user: an older one has been left to expire.
    let prints = &session.origin.prints.dt_hash;
    life.live
        .retain(|other| other.origin.prints.dt_hash != *prints);
    life.live.push(session);
    event
}

fn answer(moment: &mut Moment<'_>, session: &Session, failing: bool, novelty: Novelty) -> SimEvent {
    let factor = session.owner(moment.org).factor;
    // A key or a push does not fail by a slip of the finger; a code does.
    let (factor, answer) = if failing {
        (Factor::Totp, Answer::WrongCode)
    } else {
        (factor, Answer::Passed)
    };
    moment.stamp(sign_in::challenge(
        moment.org, session, factor, answer, novelty,
    ))
}
