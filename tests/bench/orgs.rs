//! Simulated orgs with whose events stores are filled, as many as a few thousand people need.

use nightlatch_okta_sim::{Org, SimEvent, Traffic};
use nightlatch_schemas::integration_id;

/// How many there are, of some 200 people each.
const ORGS: u64 = 12;

/// The orgs; something happens in each of them in turn.
pub(crate) struct Orgs {
    all: Vec<Tenant>,
    turn: usize,
}

/// An org and its integration.
pub(crate) struct Tenant {
    pub(crate) domain: String,
    pub(crate) integration: String,
    traffic: Traffic,
}

impl Orgs {
    pub(crate) fn new() -> Self {
        let tenant = |seed: u64| {
            let domain = format!("acme-{seed}.okta.com");
            Tenant {
                integration: integration_id(&format!("00oacme0bench0org{seed:04}")).to_string(),
                traffic: Traffic::new(Org::new(seed, &domain), seed),
                domain,
            }
        };
        Self {
            all: (0..ORGS).map(tenant).collect(),
            turn: 0,
        }
    }

    /// Returns the next event at this instant, and whose it is; none when there are no orgs.
    pub(crate) fn next(&mut self, now_ms: i64) -> Option<(&Tenant, SimEvent)> {
        self.turn = (self.turn + 1) % self.all.len();
        let tenant = self.all.get_mut(self.turn)?;
        let event = tenant.traffic.next(now_ms);
        Some((tenant, event))
    }
}
