//! A whole process: it runs until it is told to stop and says by its exit code how that went.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nightlatch_chassis::Sources;
use nightlatch_chassis::config::load;
use nightlatch_chassis::process::{EXIT_FAILURE, EXIT_USAGE, Process, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn sources(flags: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let mut all = vec![
        ("data_dir", data.as_str()),
        ("admin.listen", "127.0.0.1:0"),
        ("log.level", "off"),
    ];
    all.extend_from_slice(flags);
    let flags = all
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    (
        folder,
        Sources {
            flags,
            ..Sources::default()
        },
    )
}

fn run_with<E: std::fmt::Display>(
    flags: &[(&str, &str)],
    start: impl AsyncFnOnce(Process) -> Result<Process, E>,
) -> ExitCode {
    let (_folder, sources) = sources(flags);
    run(load(&sources).unwrap(), start)
}

#[test]
fn services_that_stop_when_told_end_well() {
    let code = run_with(&[], async |mut process: Process| {
        let shutdown = process.shutdown.clone();
        process.tasks.spawn("service", async move {
            shutdown.begun().await;
            Ok::<_, String>(())
        });
        process.shutdown.begin();
        Ok::<_, String>(process)
    });
    assert_eq!(code, ExitCode::SUCCESS);
}

#[test]
fn a_service_that_fails_ends_the_process_with_a_failure() {
    let code = run_with(&[], async |mut process: Process| {
        process
            .tasks
            .spawn("service", async { Err("the disk is full") });
        Ok::<_, String>(process)
    });
    assert_eq!(code, ExitCode::from(EXIT_FAILURE));
    let code = run_with(&[], async |_| Err("no database"));
    assert_eq!(code, ExitCode::from(EXIT_FAILURE));
}

#[test]
fn a_wrong_address_is_wrong_use() {
    let code = run_with(&[("admin.listen", "everywhere")], async |process| {
        Ok::<_, String>(process)
    });
    assert_eq!(code, ExitCode::from(EXIT_USAGE));
}

#[test]
fn the_data_folder_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, sources) = sources(&[]);
    run(load(&sources).unwrap(), async |process: Process| {
        process.shutdown.begin();
        Ok::<_, String>(process)
    });
    let mode = std::fs::metadata(folder.path().join("data"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// Asks the admin server whether the process is ready; returns the whole answer.
async fn readiness(admin: SocketAddr) -> Result<String, String> {
    let ask = async {
        let mut stream = TcpStream::connect(admin).await?;
        let request = b"GET /readyz?verbose HTTP/1.1\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    ask.await.map_err(|error: io::Error| error.to_string())
}

#[test]
fn it_is_ready_once_it_has_started_and_not_before() {
    let code = run_with(&[], async |mut process: Process| {
        let (shutdown, admin) = (process.shutdown.clone(), process.admin);
        let early = readiness(admin).await?;
        if !early.starts_with("HTTP/1.1 503") || !early.contains("start failed: starting") {
            return Err(early);
        }
        process.tasks.spawn("service", async move {
            let deadline = Instant::now() + Duration::from_secs(10);
            loop {
                let answer = readiness(admin).await?;
                if answer.starts_with("HTTP/1.1 200") {
                    shutdown.begin();
                    return Ok(());
                }
                if Instant::now() > deadline {
                    return Err(answer);
                }
            }
        });
        Ok(process)
    });
    assert_eq!(code, ExitCode::SUCCESS);
}

#[test]
fn while_it_drains_it_answers_that_it_is_not_ready() {
    let code = run_with(&[], async |mut process: Process| {
        let (shutdown, admin) = (process.shutdown.clone(), process.admin);
        process.tasks.spawn("service", async move {
            shutdown.begun().await;
            let answer = readiness(admin).await?;
            let is_right = answer.starts_with("HTTP/1.1 503") && answer.contains("stopping");
            if is_right { Ok(()) } else { Err(answer) }
        });
        process.shutdown.begin();
        Ok::<_, String>(process)
    });
    assert_eq!(code, ExitCode::SUCCESS);
}
