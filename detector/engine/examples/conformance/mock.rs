//! Rules to try, and the fields of system calls that cases name: each is a field of Okta's under
//! another name, of the type that Falco's has.

use nightlatch_engine::{
    Compiled, Dialect, Field, Kind, Origin, PolicyKind, SourceFile, compile_files, fields,
};

/// Falco's fields by the field of Okta's that stands for them: alike in type and argument.
const STAND_INS: [(&str, &[&str]); 9] = [
    // The type of an event.
    ("okta.evt.type", &["evt.type", "syscall.type"]),
    // Those of which cases say what they hold.
    ("okta.actor.id", &["c.true"]),
    ("okta.client.id", &["c.false"]),
    ("okta.message", &["c.doublequote"]),
    ("okta.reason", &["c.singlequote"]),
    (
        "okta.actor.name",
        &[
            "evt.category",
            "evt.dir",
            "evt.res",
            "evt.args",
            "evt.info",
            "evt.arg.flags",
            "evt.arg.filename",
            "evt.arg.path",
            "evt.arg.name",
            "evt.arg.data",
            "evt.arg.request",
            "evt.arg.res",
            "evt.failed",
            "evt.abspath",
            "evt.abspath.src",
            "evt.abspath.dst",
            "evt.deltatime",
            "evt.buffer.data",
            "evt.plugininfo",
            "proc.name",
            "proc.exe",
            "proc.exepath",
            "proc.pname",
            "proc.pexe",
            "proc.pexepath",
            "proc.args",
            "proc.pcmdline",
            "proc.cmdline",
            "proc.exeline",
            "proc.env",
            "proc.cwd",
            "proc.tty.name",
            "proc.sname",
            "proc.sid.exe",
            "proc.sid.exepath",
            "proc.vpgid.name",
            "proc.vpgid.exe",
            "proc.vpgid.exepath",
            "proc.pgid.name",
            "proc.acmdline",
            "proc.loginshellid.name",
            "proc.fdopencount.name",
            "fd.name",
            "fd.typechar",
            "fd.type",
            "fd.directory",
            "fd.filename",
            "fd.containername",
            "fd.containerdirectory",
            "fd.proto",
            "fd.l4proto",
            "fd.cproto",
            "fd.sproto",
            "fd.lproto",
            "fd.rproto",
            "fd.sockfamily",
            "fd.uid",
            "fd.cip.name",
            "fd.sip.name",
            "fd.lip.name",
            "fd.rip.name",
            "fd.nameraw",
            "fd.types",
            "fs.path.name",
            "fs.path.nameraw",
            "fs.path.source",
            "fs.path.target",
            "user.name",
            "user.homedir",
            "user.shell",
            "user.loginname",
            "group.name",
            "container.id",
            "container.name",
            "container.image",
            "container.image.id",
            "container.image.repository",
            "container.image.tag",
            "container.image.digest",
            "container.type",
            "container.info",
            "container.ip",
            "container.cni.json",
            "container.full_id",
            "container.mounts",
            "container.mount",
            "k8s.pod.name",
            "k8s.pod.id",
            "k8s.pod.uid",
            "k8s.ns.name",
            "k8s.pod.label",
            "k8s.pod.labels",
            "k8s.pod.ip",
            "syslog.facility.str",
            "syslog.severity.str",
            "syslog.message",
            "thread.exectime",
            "thread.totexectime",
            "thread.cgroups",
            "thread.name",
        ],
    ),
    // With an argument that may be left out.
    (
        "okta.targets.displayName",
        &[
            "proc.aname",
            "proc.aexe",
            "proc.aexepath",
            "proc.apid",
            "proc.aargs",
            "proc.aenv",
        ],
    ),
    // With an argument of any kind.
    (
        "okta.debug",
        &[
            "evt.arg",
            "evt.rawarg",
            "thread.cgroup",
            "container.label",
            "container.mount.source",
            "evt.around",
        ],
    ),
    // Numbers of every kind.
    (
        "okta.security.asnumber",
        &[
            "evt.num",
            "evt.cpu",
            "evt.count",
            "evt.rawres",
            "evt.latency",
            "evt.buflen",
            "evt.count.error",
            "evt.uid",
            "proc.pid",
            "proc.ppid",
            "proc.vpid",
            "proc.pvpid",
            "proc.sid",
            "proc.tty",
            "proc.duration",
            "proc.ppid.duration",
            "proc.pid.ts",
            "proc.ppid.ts",
            "proc.vmsize",
            "proc.vmrss",
            "proc.vmswap",
            "proc.fdopencount",
            "proc.fdlimit",
            "proc.loginshellid",
            "proc.nchilds",
            "proc.nthreads",
            "proc.pgid",
            "proc.vpgid",
            "proc.exe_ino",
            "proc.exe_ino.ctime",
            "proc.exe_ino.mtime",
            "proc.cap_effective",
            "thread.cpu",
            "thread.tid",
            "thread.vtid",
            "thread.cap_permitted",
            "thread.cap_effective",
            "thread.nametid",
            "user.uid",
            "user.loginuid",
            "group.gid",
            "fd.num",
            "fd.port",
            "fd.cport",
            "fd.sport",
            "fd.lport",
            "fd.rport",
            "fd.dev",
            "fd.dev.major",
            "fd.dev.minor",
            "fd.ino",
            "syslog.facility",
            "syslog.severity",
            "container.duration",
            "container.start_ts",
        ],
    ),
];

const BOOLEANS: &[&str] = &[
    "evt.is_io",
    "evt.is_io_read",
    "evt.is_io_write",
    "evt.is_wait",
    "evt.is_syslog",
    "evt.is_open_read",
    "evt.is_open_write",
    "evt.is_open_exec",
    "evt.is_open_create",
    "fd.connected",
    "fd.is_server",
    "fd.is_upper_layer",
    "fd.is_lower_layer",
    "fd.name_changed",
    "proc.is_exe_writable",
    "proc.is_exe_upper_layer",
    "proc.is_exe_lower_layer",
    "proc.is_exe_from_memfd",
    "proc.is_container_healthcheck",
    "proc.is_container_liveness_probe",
    "proc.is_container_readiness_probe",
    "proc.is_sid_leader",
    "proc.is_vpgid_leader",
    "proc.is_pgid_leader",
    "container.privileged",
    "thread.ismain",
];

const ADDRESSES: &[&str] = &[
    "fd.ip", "fd.cip", "fd.sip", "fd.lip", "fd.rip", "fd.net", "fd.cnet", "fd.snet", "fd.lnet",
    "fd.rnet",
];

const BUFFERS: &[&str] = &["evt.buffer", "c.buffer"];

/// Falco as it judges system calls.
pub(crate) fn syscalls() -> Dialect {
    let fields = STAND_INS
        .iter()
        .flat_map(|(model, names)| names.iter().map(|name| model_of(model).renamed(name)));
    let booleans = BOOLEANS
        .iter()
        .map(|name| model_of("evt.is_async").renamed(name));
    let addresses = ADDRESSES
        .iter()
        .map(|name| model_of("okta.client.net").renamed(name));
    let buffers = BUFFERS
        .iter()
        .map(|name| model_of("okta.reason").renamed(name).of_kind(Kind::Buffer));
    Dialect::strict()
        .of_source("syscall")
        .with_fields(fields.chain(booleans).chain(addresses).chain(buffers))
}

/// Falco with its okta plugin and no other.
pub(crate) fn okta_plugin_alone() -> Dialect {
    Dialect::strict().without(Origin::FalcoJson)
}

fn model_of(name: &str) -> &'static Field {
    let field = fields().iter().find(|field| field.name == name);
    field.unwrap_or(&fields()[0])
}

/// A rules file of one rule.
pub(crate) fn rule(source: &str, condition: &str, output: &str) -> SourceFile {
    let rule = serde_json::json!([{
        "rule": "r", "desc": "d", "priority": "INFO", "source": source, "condition": condition, "output": output
    }]);
    SourceFile {
        name: "case.yaml".to_owned(),
        text: rule.to_string(),
    }
}

/// Compiles one file.
pub(crate) fn compile(file: &SourceFile, dialect: &Dialect) -> Compiled {
    compile_files(std::slice::from_ref(file), PolicyKind::Custom, dialect)
}

/// What is wrong with what was compiled, on one line.
pub(crate) fn shown(compiled: &Compiled) -> String {
    let found = compiled.diagnostics.iter();
    format!("{:?}", found.map(ToString::to_string).collect::<Vec<_>>())
}
