//! An event before it has a time: what happened, who did it, from where, to what.
//!
//! Everything that follows from those (network, behaviours, risk, the noise of `debugData`) is
//! filled in when the draft is stamped.

use jiff::Timestamp;
use rand::RngExt;
use uuid::Builder;

use crate::attack::Scenario;
use crate::dice::{Dice, hex, letters};
use crate::event_kind::EventKind;
use crate::log_event::{
    AuthenticationContext, BotProtection, Client, DebugContext, Entity, Hop, IpDetails, LogEvent,
    Outcome, SecurityContext, Texts, Transaction,
};
use crate::novelty::Novelty;
use crate::org::Origin;
use crate::traffic::SimEvent;

/// What happened, to be stamped with a time and identifiers.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    kind: &'static EventKind,
    actor: Entity,
    origin: Option<&'a Origin>,
    session: Option<String>,
    novelty: Option<Novelty>,
    /// Whether the event bears the whole assessment, or only the short texts of `debugData`.
    assessed: bool,
    outcome: Outcome,
    legacy: Option<&'static str>,
    targets: Vec<Entity>,
    uri: String,
    query: &'static str,
    authentication: AuthenticationContext,
    transaction: Option<String>,
    token: Option<String>,
    debug: Vec<(&'static str, String)>,
}

impl<'a> Draft<'a> {
    /// Somebody does something at a browser or a program.
    pub(crate) fn new(kind: &'static EventKind, actor: &Entity, origin: &'a Origin) -> Self {
        Self {
            origin: Some(origin),
            ..Self::job(kind, actor.clone())
        }
    }

    /// Okta itself does something: no client, no session.
    pub(crate) fn job(kind: &'static EventKind, actor: Entity) -> Self {
        Self {
            kind,
            actor,
            origin: None,
            session: None,
            novelty: None,
            assessed: false,
            outcome: Outcome {
                result: "SUCCESS",
                reason: None,
            },
            legacy: kind.legacy,
            targets: Vec::new(),
            uri: String::new(),
            query: "",
            authentication: AuthenticationContext::default(),
            transaction: None,
            token: None,
            debug: Vec::new(),
        }
    }

    pub(crate) fn session(mut self, id: &str) -> Self {
        self.session = Some(id.to_owned());
        self
    }

    /// Marks a sign-in: Okta assesses its risk and behaviour in full.
    pub(crate) fn rated(self, novelty: Novelty) -> Self {
        Self {
            novelty: Some(novelty),
            assessed: true,
            ..self
        }
    }

    /// Marks the use of a session: Okta notes behaviour and risk in `debugData` alone.
    pub(crate) fn noted(self, novelty: Novelty) -> Self {
        Self {
            novelty: Some(novelty),
            ..self
        }
    }

    pub(crate) fn failed(mut self, reason: &'static str) -> Self {
        self.outcome = Outcome {
            result: "FAILURE",
            reason: Some(reason),
        };
        self
    }

    pub(crate) fn legacy(mut self, name: &'static str) -> Self {
        self.legacy = Some(name);
        self
    }

    pub(crate) fn target(mut self, entity: &Entity) -> Self {
        self.targets.push(entity.clone());
        self
    }

    pub(crate) fn uri(mut self, path: impl Into<String>) -> Self {
        self.uri = path.into();
        self
    }

    pub(crate) fn query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn debug(mut self, key: &'static str, text: impl Into<String>) -> Self {
        self.debug.push((key, text.into()));
        self
    }

    pub(crate) fn authenticated(mut self, context: AuthenticationContext) -> Self {
        self.authentication = context;
        self
    }

    pub(crate) fn transaction(mut self, id: &str) -> Self {
        self.transaction = Some(id.to_owned());
        self
    }

    /// The request bore this API token rather than a session.
    pub(crate) fn api_token(mut self, id: &str) -> Self {
        self.token = Some(id.to_owned());
        self
    }

    /// Makes it an event of this instant (Unix time in milliseconds).
    pub(crate) fn stamp(
        mut self,
        dice: &mut Dice,
        at_ms: i64,
        scenario: Option<Scenario>,
    ) -> SimEvent {
        let uuid = event_uuid(dice, at_ms);
        let event_type = self.kind.name;
        let request = self.transaction.take().unwrap_or_else(|| letters(dice, 27));
        let debug_data = self.debug_data(dice, &request);
        let event = LogEvent {
            uuid: uuid.clone(),
            published: rfc3339(at_ms),
            event_type,
            version: "0",
            display_message: self.kind.message,
            severity: if self.outcome.result == "FAILURE" {
                "WARN"
            } else {
                self.kind.severity
            },
            client: client(self.origin),
            device: self.origin.and_then(|origin| origin.device.clone()),
            security_context: security(self.origin, self.novelty.filter(|_| self.assessed)),
            actor: self.actor,
            outcome: self.outcome,
            target: (!self.targets.is_empty()).then_some(self.targets),
            transaction: Transaction {
                kind: if self.origin.is_some() { "WEB" } else { "JOB" },
                id: request,
                detail: Texts(
                    self.token
                        .map(|id| ("requestApiTokenId", id))
                        .into_iter()
                        .collect(),
                ),
            },
            debug_context: DebugContext { debug_data },
            legacy_event_type: self.legacy,
            authentication_context: AuthenticationContext {
                root_session_id: self.session.clone(),
                external_session_id: self.session,
                ..self.authentication
            },
            insertion_timestamp: None,
        };
        // Nothing in the shape can fail to serialise: every key is text, every number finite.
        let json = serde_json::to_string(&event).unwrap_or_default();
        SimEvent {
            uuid,
            event_type,
            published_ms: at_ms,
            json,
            scenario,
        }
    }

    fn debug_data(&mut self, dice: &mut Dice, request: &str) -> Texts {
        let mut texts = vec![("requestId", request.to_owned())];
        if let Some(origin) = self.origin {
            texts.push(("dtHash", origin.prints.dt_hash.clone()));
            texts.push(("deviceFingerprint", origin.prints.device.clone()));
            texts.push(("ja3", origin.prints.ja3.clone()));
            texts.push(("ja4", origin.prints.ja4.clone()));
            texts.push(("requestUri", self.uri.clone()));
            texts.push(("threatSuspected", "false".to_owned()));
            texts.push(("traceId", hex(dice, 32)));
            texts.push(("url", format!("{}?{}", self.uri, self.query)));
            if let Some(service) = &origin.city.network.anonymiser {
                texts.push(("proxyType", service.kind.to_owned()));
                let tunnel = format!(
                    r#"[{{"anonymous":true,"operator":"{}","type":"{}"}}]"#,
                    service.operator, service.kind
                );
                texts.push(("tunnels", tunnel));
            }
        }
        if let Some(novelty) = self.novelty {
            texts.push(("authnRequestId", hex(dice, 32)));
            texts.extend(novelty.texts());
            if self.assessed {
                texts.push(("logOnlySecurityData", novelty.json()));
            }
        }
        texts.append(&mut self.debug);
        Texts(texts)
    }
}

fn client(origin: Option<&Origin>) -> Client {
    let Some(origin) = origin else {
        return Client {
            user_agent: None,
            zone: "null",
            device: "Unknown",
            id: None,
            ip_address: None,
            geographical_context: None,
            ip_chain: Vec::new(),
        };
    };
    let hop = Hop {
        ip: origin.ip.clone(),
        geographical_context: origin.city.geography(),
        version: if origin.ip.contains(':') { "V6" } else { "V4" },
        source: None,
    };
    Client {
        user_agent: Some(origin.browser.agent.clone()),
        zone: origin.zone,
        device: origin.browser.device,
        id: None,
        ip_address: Some(origin.ip.clone()),
        geographical_context: Some(origin.city.geography()),
        ip_chain: vec![hop],
    }
}

fn security(origin: Option<&Origin>, novelty: Option<Novelty>) -> SecurityContext {
    let Some(origin) = origin else {
        return SecurityContext::default();
    };
    let network = &origin.city.network;
    SecurityContext {
        as_number: Some(network.as_number),
        as_org: Some(network.as_org),
        isp: Some(network.as_org),
        domain: Some(network.domain),
        is_proxy: Some(network.anonymiser.is_some()),
        ip_details: Some(IpDetails {
            as_number: network.as_number,
            as_org: network.as_org,
            isp: network.as_org,
            domain: network.domain,
            ip_service_categories: network.anonymiser.iter().cloned().collect(),
        }),
        risk: novelty.map(Novelty::risk),
        user_behaviors: novelty.map(Novelty::behaviors).unwrap_or_default(),
        bot_protection: novelty.map(|_| BotProtection { level: "NONE" }),
    }
}

/// Okta's event ids are UUIDs of version 1: the time of the event, then a random node.
fn event_uuid(dice: &mut Dice, at_ms: i64) -> String {
    /// From the start of the Gregorian calendar to the Unix epoch, in units of 100 ns.
    const GREGORIAN_EPOCH: i64 = 122_192_928_000_000_000;
    let ticks = at_ms.saturating_mul(10_000).saturating_add(GREGORIAN_EPOCH);
    let node: [u8; 6] = dice.random();
    Builder::from_gregorian_timestamp(ticks.cast_unsigned(), dice.random(), &node)
        .into_uuid()
        .to_string()
}

/// Writes an instant as Okta does: UTC, milliseconds, `Z`. What no calendar holds becomes 1970.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{instant:.3}")
}

impl Entity {
    pub(crate) fn new(id: &str, kind: &'static str, alternate_id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            alternate_id: alternate_id.to_owned(),
            display_name: name.to_owned(),
            detail_entry: None,
        }
    }

    pub(crate) fn with_detail(mut self, detail: Vec<(&'static str, String)>) -> Self {
        self.detail_entry = Some(Texts(detail));
        self
    }
}
