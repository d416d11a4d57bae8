//! Delivery of events to hooks: at best once, at worst late, twice, out of order or not at all.

mod outbox;
mod quota;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use outbox::Delivery;
pub(crate) use outbox::Outbox;

use super::event_hooks::EventHook;
use super::ledger::{DeliveryRecord, Outcome};
use super::notices;
use super::receiver::Failure;
use super::tenant::Tenant;
use crate::hook::envelope;

/// Calls to receivers at a time.
const AT_A_TIME: usize = 64;
/// How often the clock is looked at while something waits for its time: the clock can be moved.
const GLANCE: Duration = Duration::from_millis(10);

/// Delivers until `stop` changes or is dropped.
pub(crate) async fn run(tenant: Arc<Tenant>, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut calls = JoinSet::new();
    loop {
        let rung = tenant.outbox.bell.notified();
        while calls.try_join_next().is_some() {}
        let now_ms = tenant.clock.now_ms();
        while let Some(delivery) = tenant.outbox.due(now_ms, &tenant.ledger) {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let tenant = Arc::clone(&tenant);
            calls.spawn(async move {
                deliver(&tenant, &delivery).await;
                tenant.outbox.landed();
                drop(permit);
            });
        }
        let waiting = tenant.outbox.waits_until().map(|due_ms| {
            let wait = tenant.clock.until(due_ms);
            wait.clamp(Duration::from_millis(1), GLANCE)
        });
        tokio::select! {
            () = rung => {}
            () = tokio::time::sleep(waiting.unwrap_or_default()), if waiting.is_some() => {}
            _ = stop.changed() => return,
        }
    }
}

async fn deliver(tenant: &Tenant, delivery: &Delivery) {
    let hook = tenant.hooks.lock().hooks.get(&delivery.hook_id).cloned();
    // What became of the hook meanwhile counts.
    let Some(hook) = hook.filter(EventHook::is_delivered) else {
        tenant
            .ledger
            .note_delivery(record(delivery, 0, Outcome::HookGone));
        return;
    };
    let body = body(tenant, delivery);
    let mut outcome = call(tenant, &hook, body.clone()).await;
    let mut attempts = 1;
    if outcome.as_ref().is_err_and(Failure::may_pass) {
        outcome = call(tenant, &hook, body).await;
        attempts = 2;
    }
    let outcome = match outcome {
        Ok(()) => {
            tenant.log.lock().mark_delivered(&delivery.events);
            Outcome::Accepted
        }
        Err(failure) => {
            let reason = failure.text(&hook.wish.name);
            notices::delivery_failed(tenant, &hook, &reason);
            Outcome::Failed(reason)
        }
    };
    tenant
        .ledger
        .note_delivery(record(delivery, attempts, outcome));
}

fn record(delivery: &Delivery, attempts: u8, outcome: Outcome) -> DeliveryRecord {
    DeliveryRecord {
        event_id: delivery.event_id,
        hook_id: delivery.hook_id.clone(),
        events: delivery.events.len(),
        attempts,
        outcome,
    }
}

fn body(tenant: &Tenant, delivery: &Delivery) -> String {
    let texts: Vec<String> = {
        let mut log = tenant.log.lock();
        let events = delivery.events.iter();
        events.filter_map(|&number| log.text(number)).collect()
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let source = format!(
        "https://{}/api/v1/eventHooks/{}",
        tenant.own_name(),
        delivery.hook_id
    );
    envelope(&source, delivery.event_id, &texts, tenant.clock.now_ms())
}

async fn call(tenant: &Tenant, hook: &EventHook, body: String) -> Result<(), Failure> {
    let channel = &hook.wish.channel;
    let request_id = uuid::Uuid::new_v4().simple().to_string();
    let request = tenant
        .receiver
        .post(&channel.uri, body)?
        .header("X-Okta-Request-Id", request_id);
    tenant.receiver.send(request, channel).await.map(drop)
}
