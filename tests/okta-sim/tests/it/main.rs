//! x
use nightlatch_okta_sim::*;
#[test]
fn probe() {
    use std::io::Write;
    let mut t = Traffic::new(Org::new(1, "acme.okta.com"), 1);
    let mut f = std::fs::File::create("/tmp/simprobe/life.ndjson").unwrap();
    let n = 1_790_000_000_000i64;
    let s = std::time::Instant::now();
    let ev: Vec<_> = (0..20000).map(|i| t.next(n + i * 100)).collect();
    eprintln!("{:?} per event", s.elapsed() / 20000);
    for e in &ev {
        writeln!(f, "{}", e.json).unwrap();
    }
    let mut f = std::fs::File::create("/tmp/simprobe/attacks.ndjson").unwrap();
    for sc in Scenario::ALL {
        t.attack(sc, n + 3_000_000);
        for i in 0..2000 {
            let e = t.next(n + 3_000_000 + i * 500);
            if e.scenario.is_some() {
                writeln!(
                    f,
                    "{{\"scenario\":\"{}\",\"eligible\":{},\"event\":{}}}",
                    sc.title(),
                    e.hook_eligible(),
                    e.json
                )
                .unwrap();
            }
        }
    }
    std::fs::write(
        "/tmp/simprobe/body.json",
        hook_body("acme.okta.com", "who1", &ev[..3], n),
    )
    .unwrap();
}
