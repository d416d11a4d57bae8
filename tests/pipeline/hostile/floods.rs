//! Too much, too long, too slow.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::siege::{ATTACKER_KEY, ATTACKER_SECRET, BODY_TIMEOUT, besiege, installation};
use crate::installation::EVERYTHING_TEXT;
use crate::wire::{Answer, Wire, exchange, head};

const MIB: usize = 1 << 20;

fn post(lines: &str) -> String {
    let lines = format!("Authorization: {ATTACKER_SECRET}\r\n{lines}");
    head("POST", &format!("/hooks/okta/{ATTACKER_KEY}"), &lines)
}

/// Sends 100 MiB, or what of it is taken, and returns the answer.
fn flood(hooks: SocketAddr, lines: &str, is_chunked: bool) -> Answer {
    let mut wire = Wire::connect(hooks);
    wire.say(post(lines).as_bytes());
    let piece = vec![b' '; MIB];
    for _ in 0..100 {
        let listens = if is_chunked {
            wire.say(b"100000\r\n") && wire.say(&piece) && wire.say(b"\r\n")
        } else {
            wire.say(&piece)
        };
        if !listens {
            break;
        }
    }
    wire.answer().unwrap()
}

/// Compresses so many MiB of blanks, a thousand to one.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; MIB];
    for _ in 0..mebibytes {
        gzip.write_all(&blanks).unwrap();
    }
    gzip.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_100_mb_is_refused_without_being_held() {
    besiege(&installation(), |target| {
        let announced = format!("Content-Length: {}\r\n", 100 * MIB);
        for _ in 0..3 {
            flood(target.hooks, &announced, false).assert_problem(413, "over 10485760 bytes");
            let chunked = "Transfer-Encoding: chunked\r\n";
            flood(target.hooks, chunked, true).assert_problem(413, "over 10485760 bytes");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gzip_bomb_is_refused_when_it_has_grown_too_large() {
    let bomb = bomb(200);
    assert!(bomb.len() < MIB, "{} bytes", bomb.len());
    besiege(&installation(), move |target| {
        let hooks = target.hooks;
        let lines = format!(
            "Content-Encoding: gzip\r\nContent-Length: {}\r\n",
            bomb.len()
        );
        let request = [post(&lines).as_bytes(), &bomb].concat();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..3 {
                        let answer = exchange(hooks, &request);
                        // All of them at a time may be too much, which is not their fault.
                        if answer.status != 503 {
                            answer.assert_problem(413, "over 10485760 bytes");
                        }
                    }
                });
            }
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_are_hung_up_on_and_keep_nobody_waiting() {
    besiege(&installation(), |target| {
        let hooks = target.hooks;
        let slow_bodies: Vec<_> = (0..100)
            .map(|_| {
                let mut wire = Wire::connect(hooks);
                wire.say(post("Content-Length: 1000\r\n").as_bytes());
                wire.say(b"{\"data\":");
                wire
            })
            .collect();
        let slow_heads: Vec<_> = (0..400)
            .map(|_| {
                let mut wire = Wire::connect(hooks);
                wire.say(b"POST /hooks/okta/");
                wire
            })
            .collect();
        let mut dribbled = Wire::connect(hooks);
        dribbled.say(post("Content-Length: 1000000\r\n").as_bytes());
        let dribbled = dribbled.dribble(b" ", BODY_TIMEOUT / 20).unwrap();
        dribbled.assert_problem(503, "1 s");
        for wire in slow_bodies {
            wire.answer().unwrap().assert_problem(503, "1 s");
        }
        let mut dribbled = Wire::connect(hooks);
        dribbled.say(b"POST /hooks/okta/");
        let answer = dribbled.dribble(b"x", Duration::from_millis(100));
        assert!(answer.is_none_or(|answer| answer.status == 408));
        for wire in slow_heads {
            assert!(wire.answer().is_none_or(|answer| answer.status == 408));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_strangers_hold_open_leave_files_for_everything_else() {
    let installation = installation()
        .with("detector.reload_interval", "'20ms'")
        .with_open_files(160);
    let policies = installation.policies();
    besiege(&installation, move |target| {
        let held: Vec<_> = (0..150).map(|_| Wire::connect(target.hooks)).collect();
        // Files are opened meanwhile: the policies, the log by a reader beside it.
        for edition in 0..10 {
            let comment = format!("# edition {edition}\n{EVERYTHING_TEXT}");
            std::fs::write(policies.join("everything.yaml"), comment).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        drop(held);
    })
    .await;
}
