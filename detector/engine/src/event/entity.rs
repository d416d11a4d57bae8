//! Who and what an event speaks of: the actor, its client, the targets and the outcome.

use std::borrow::Cow;

use super::{Event, Json};

/// An actor or a target of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entity {
    /// Okta's id.
    pub id: Option<String>,
    /// Okta's `type`, such as `User` or `AppInstance`.
    pub kind: Option<String>,
    /// Okta's `alternateId`: for a user, mostly the e-mail address.
    pub login: Option<String>,
    /// Okta's `displayName`.
    pub name: Option<String>,
}

/// Where an event came from: address, device and place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Client {
    /// The IP address.
    pub ip: Option<String>,
    /// The user agent as sent.
    pub user_agent: Option<String>,
    /// Okta's word for the device, such as `Computer`.
    pub device: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The state or region.
    pub state: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// Latitude in degrees.
    pub lat: Option<f64>,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// The number of the autonomous system.
    pub as_number: Option<i64>,
    /// The owner of the autonomous system.
    pub as_org: Option<String>,
    /// Whether Okta knows the address as a proxy.
    pub is_proxy: Option<bool>,
}

/// How an event ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Okta's `result`, such as `SUCCESS` or `FAILURE`.
    pub result: Option<String>,
    /// Okta's `reason`.
    pub reason: Option<String>,
}

impl Event<'_> {
    /// Who did it.
    pub fn actor(&self) -> Option<Entity> {
        self.at(&["actor"])
            .filter(|actor| actor.is_object())
            .map(entity)
    }

    /// Whom or what it was done to, in Okta's order; what is no object is left out.
    pub fn targets(&self) -> Vec<Entity> {
        self.target_values()
            .filter(|target| target.is_object())
            .map(entity)
            .collect()
    }

    /// Where it came from; `None` when the event tells nothing of it.
    pub fn client(&self) -> Option<Client> {
        let geo = ["client", "geographicalContext"];
        let place = |key: &str| self.owned(&[geo[0], geo[1], key]);
        let client = Client {
            ip: self.owned(&["client", "ipAddress"]),
            user_agent: self.owned(&["client", "userAgent", "rawUserAgent"]),
            device: self.owned(&["client", "device"]),
            city: place("city"),
            state: place("state"),
            country: place("country"),
            lat: self
                .at(&[geo[0], geo[1], "geolocation", "lat"])
                .and_then(number),
            lon: self
                .at(&[geo[0], geo[1], "geolocation", "lon"])
                .and_then(number),
            as_number: self.at(&["securityContext", "asNumber"]).and_then(number),
            as_org: self.owned(&["securityContext", "asOrg"]),
            is_proxy: self.at(&["securityContext", "isProxy"]).and_then(boolean),
        };
        (client != Client::default()).then_some(client)
    }

    /// How it ended.
    pub fn outcome(&self) -> Option<Outcome> {
        let outcome = Outcome {
            result: self.owned(&["outcome", "result"]),
            reason: self.owned(&["outcome", "reason"]),
        };
        (outcome != Outcome::default()).then_some(outcome)
    }

    fn owned(&self, path: &[&str]) -> Option<String> {
        self.scalar(path).map(Cow::into_owned)
    }
}

fn entity(value: Json<'_>) -> Entity {
    let text = |key| value.member(key).map(|member| member.scalar().into_owned());
    Entity {
        id: text("id"),
        kind: text("type"),
        login: text("alternateId"),
        name: text("displayName"),
    }
}

/// A number, also one that came as a string.
fn number<N: std::str::FromStr>(value: Json<'_>) -> Option<N> {
    value.scalar().parse().ok()
}

/// A boolean, also one that came as a string.
fn boolean(value: Json<'_>) -> Option<bool> {
    value.scalar().parse().ok()
}
