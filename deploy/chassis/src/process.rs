//! From `main` to running services: the environment, logs, signals, the admin server and the end.
//!
//! A binary's `main` reads its command line, loads the [`Config`] from [`sources`] and hands it to
//! [`run`] with a function that starts the services. This is the only place that reads the
//! environment and that ends the process.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::DirBuilder;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tracing::{error, info};

use crate::admin::{self, Readiness};
use crate::config::{
    AdminConfig, Config, ConfigError, ConfigErrors, Defaults, ENV_PREFIX, Origin, Sources,
};
use crate::http::{ServeLimits, serve};
use crate::metrics::Metrics;
use crate::seeded_bugs::is_switch;
use crate::shutdown::{self, Shutdown, Tasks};
use crate::telemetry;

/// Exit code of wrong use or a wrong configuration (`EX_USAGE` of sysexits.h).
pub const EXIT_USAGE: u8 = 64;
/// Exit code of a start or a run that failed.
pub const EXIT_FAILURE: u8 = 1;

/// Names the configuration file when no flag does.
const CONFIG_VARIABLE: &str = "NIGHTLATCH_CONFIG";
/// The check that fails until all services have been started.
const START: &str = "start";

/// What a service gets to run.
#[derive(Debug)]
pub struct Process {
    /// The settings.
    pub config: Config,
    /// Watched by everything that runs.
    pub shutdown: Shutdown,
    /// Where services declare their metrics.
    pub metrics: Metrics,
    /// Where services declare their checks.
    pub readiness: Readiness,
    /// What runs until the stop begins.
    pub tasks: Tasks,
    /// Where the admin server listens; its port is known only now when 0 was configured.
    pub admin: SocketAddr,
}

/// The sources of this process' settings: its environment and what its command line gave.
pub fn sources(
    defaults: Vec<Defaults>,
    file: Option<PathBuf>,
    flags: Vec<(String, String)>,
) -> Result<Sources, ConfigErrors> {
    let mut env = environment()?;
    let named = env.remove(CONFIG_VARIABLE).filter(|path| !path.is_empty());
    Ok(Sources {
        defaults,
        file: file.or(named.map(PathBuf::from)),
        env,
        flags,
    })
}

/// Our variables. One that is not UTF-8 is refused: a secret must not be changed on the way.
fn environment() -> Result<BTreeMap<String, String>, ConfigErrors> {
    let mut env = BTreeMap::new();
    let mut errors = ConfigErrors::default();
    for (name, value) in std::env::vars_os() {
        let is_ours = |name: &&str| name.starts_with(ENV_PREFIX) && !is_switch(name);
        let Some(name) = name.to_str().filter(is_ours) else {
            continue;
        };
        if let Some(value) = value.to_str() {
            env.insert(name.to_owned(), value.to_owned());
        } else {
            let origin = Origin::Env {
                variable: name.to_owned(),
            };
            errors.push(ConfigError::new("", origin, "its value is not UTF-8 text"));
        }
    }
    if errors.is_empty() {
        Ok(env)
    } else {
        Err(errors)
    }
}

/// Prints what is wrong with the configuration, for `main` to return.
pub fn refuse(errors: &ConfigErrors) -> ExitCode {
    tell(&format!("the configuration is wrong:\n{errors}"));
    ExitCode::from(EXIT_USAGE)
}

/// Runs services until they are told to stop, and says how that went.
///
/// `start` gets the [`Process`], starts its services on `tasks` and gives it back. The admin
/// server runs before that, so that a slow start can be watched.
pub fn run<E: Display>(
    config: Config,
    start: impl AsyncFnOnce(Process) -> Result<Process, E>,
) -> ExitCode {
    let deadline = config.shutdown_timeout();
    let mut errors = ConfigErrors::default();
    let log = errors.take(config.section("log"));
    let admin = errors.take(config.section::<AdminConfig>("admin"));
    let (Some(log), Some(admin)) = (log, admin) else {
        return refuse(&errors);
    };
    telemetry::init(&log);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail("cannot start the runtime", &error),
    };
    let code = runtime.block_on(async {
        match prepare(config, admin.listen).await {
            Ok(process) => supervise(process, start, deadline).await,
            Err(problem) => fail("cannot start", &problem),
        }
    });
    // A blocking call that hangs must not keep the process.
    runtime.shutdown_background();
    code
}

/// Sets up all that services rely on, with the admin server running.
async fn prepare(config: Config, listen: SocketAddr) -> Result<Process, String> {
    let shutdown = Shutdown::new();
    shutdown::on_signals(shutdown.clone()).map_err(|error| format!("no signals: {error}"))?;
    make_data_dir(&config.data_dir())?;
    let metrics = Metrics::new().map_err(|error| error.to_string())?;
    let readiness = Readiness::new(shutdown.clone());
    readiness.check(START);
    let tasks = Tasks::new(shutdown.clone());
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on admin.listen = {listen}: {error}"))?;
    let admin = listener.local_addr().map_err(|error| error.to_string())?;
    info!(address = %admin, "admin server listens");
    let router = admin::router(readiness.clone(), metrics.clone());
    // With a token of its own: until the process ends, it answers that it is not ready.
    tokio::spawn(serve(
        listener,
        router,
        ServeLimits::default(),
        Shutdown::new(),
    ));
    Ok(Process {
        config,
        shutdown,
        metrics,
        readiness,
        tasks,
        admin,
    })
}

/// Makes the data folder for its owner alone; one that exists is left as it is.
fn make_data_dir(path: &Path) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| {
        format!(
            "cannot make the folder data_dir = {}: {error}",
            path.display()
        )
    })
}

async fn supervise<E: Display>(
    process: Process,
    start: impl AsyncFnOnce(Process) -> Result<Process, E>,
    deadline: Duration,
) -> ExitCode {
    let shutdown = process.shutdown.clone();
    let started = tokio::select! {
        started = start(process) => started,
        () = shutdown.begun() => return ExitCode::SUCCESS,
    };
    let process = match started {
        Ok(process) => process,
        Err(error) => return fail("cannot start", &error),
    };
    process.readiness.check(START).ready();
    if shutdown::drain(process.tasks, deadline).await.is_clean() {
        info!("stopped");
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FAILURE)
    }
}

/// Ends the process without waiting for anything.
#[expect(clippy::exit, reason = "the second signal asks for exactly this")]
pub(crate) fn end_now() -> ! {
    std::process::exit(i32::from(EXIT_FAILURE))
}

fn fail(what: &str, problem: &dyn Display) -> ExitCode {
    error!(error = format!("{problem:#}"), "{what}");
    ExitCode::from(EXIT_FAILURE)
}

/// Says something on stderr before logging has started.
fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    if writeln!(stderr, "{text}").is_err() {
        // Nobody listens, and there is nobody else to tell; the exit code remains.
    }
}
