//! A real device: the `ancu-field` program on a folder of its own, a command a process or all in one that can be killed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{console, program};

/// The PIN of every device in the tests.
pub const PIN: &str = "275041";

/// A device's folder. The store in it outlives every process.
#[derive(Debug)]
pub struct Device {
    name: String,
    folder: PathBuf,
    /// Removes the folder in the end, where it was made here.
    _own: Option<TempDir>,
}

/// A problem as the device says it.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The `Problem`.
    pub problem: Value,
}

impl Refused {
    /// The closed code.
    pub fn code(&self) -> &str {
        self.problem["code"].as_str().unwrap_or_default()
    }
}

impl Device {
    /// A new device: an empty folder.
    pub fn new(name: &str) -> Self {
        let own = tempfile::Builder::new().prefix("ancu-device-").tempdir().expect("a temporary folder");
        Self { name: name.to_owned(), folder: own.path().join("store"), _own: Some(own) }
    }

    /// A device whose store lies in a given folder (a full disk, say).
    pub fn in_folder(name: &str, folder: &Path) -> Self {
        Self { name: name.to_owned(), folder: folder.to_owned(), _own: None }
    }

    /// The store's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Enrols with a link.
    pub fn enrol(&self, link: &str) -> Value {
        self.try_enrol(link, PIN).unwrap_or_else(|refused| panic!("{}: enrol: {refused:?}", self.name))
    }

    /// Enrols with a link; either outcome.
    pub fn try_enrol(&self, link: &str, pin: &str) -> Result<Value, Refused> {
        self.run(pin, &["enrol", "--link", link, "--device-name", &self.name, "--person-name", "Trần Thị Hoa"])
    }

    /// A command of the engine in a process of its own, expecting success.
    pub fn call(&self, command: Value) -> Value {
        self.try_call(&command).unwrap_or_else(|refused| panic!("{}: {command}: {refused:?}", self.name))
    }

    /// A command of the engine in a process of its own; either outcome.
    pub fn try_call(&self, command: &Value) -> Result<Value, Refused> {
        self.run(PIN, &["call", &command.to_string()])
    }

    /// A verb of the command line, expecting success.
    pub fn verb(&self, arguments: &[&str]) -> Value {
        self.run(PIN, arguments).unwrap_or_else(|refused| panic!("{}: {arguments:?}: {refused:?}", self.name))
    }

    /// Adds a photo's file at an item; the item as it then reads. (A photo is too long for a command's line.)
    pub fn add_photo(&self, inspection: &str, item: &str, photo: &[u8]) -> Value {
        let mut file = tempfile::Builder::new().suffix(".jpg").tempfile().expect("a temporary file");
        std::io::Write::write_all(&mut file, photo).expect("the photo's file");
        let path = file.path().to_string_lossy().into_owned();
        let added = self.run(PIN, &["photo", inspection, item, &path]);
        added.unwrap_or_else(|refused| panic!("{}: photo at {item}: {refused:?}", self.name))
    }

    /// Exchanges with the server and waits for the end.
    pub fn sync(&self) -> Value {
        self.run(PIN, &["sync"]).unwrap_or_else(|refused| panic!("{}: sync: {refused:?}", self.name))
    }

    /// A sub-command of `ancu-field`, which must answer with JSON and never panic.
    pub fn run(&self, pin: &str, arguments: &[&str]) -> Result<Value, Refused> {
        let output = self.command(pin).args(arguments).output().expect("ancu-field can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("panicked at"), "{}: {arguments:?} panicked:\n{errors}", self.name);
        let text = String::from_utf8_lossy(&output.stdout);
        let value = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{}: {arguments:?} gave no JSON ({error}), status {}:\n{text}\n{errors}", self.name, output.status)
        });
        if output.status.success() { Ok(value) } else { Err(Refused { problem: value }) }
    }

    /// Runs a verb until it says these words on stderr, then kills it; what it had said by then.
    pub fn until_told(&self, arguments: &[&str], words: &str) -> String {
        let mut command = self.command(PIN);
        let mut process =
            command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a start");
        let stderr = BufReader::new(process.stderr.take().expect("stderr is a pipe"));
        let mut told = String::new();
        for line in stderr.lines() {
            told.push_str(&line.expect("UTF-8"));
            told.push('\n');
            if told.contains(words) {
                break;
            }
        }
        // It may have ended by itself.
        let _ = process.kill();
        process.wait().expect("its end");
        told
    }

    /// The engine in one process that stays up until it is killed, unlocked.
    pub fn bridge(&self) -> Bridge {
        let bridge = self.locked_bridge();
        bridge.call(&json!({ "command": "unlock", "pin": PIN }));
        bridge
    }

    /// The same, and nobody has entered the PIN yet.
    pub fn locked_bridge(&self) -> Bridge {
        let process = self
            .command(PIN)
            .args(["bridge", "--ui"])
            .arg(crate::workspace().join("app/ui/dist"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("ancu-field can be started");
        // From here on the process ends with this value, whatever goes wrong.
        let mut bridge =
            Bridge { process, address: String::new(), token: String::new(), client: console::plain_client() };
        let mut line = String::new();
        let stdout = bridge.process.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the bridge's first line");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("the bridge prints its URL");
        let (address, token) = url.split_once("/?bridge=").expect("the URL carries the token");
        (bridge.address, bridge.token) = (address.to_owned(), token.to_owned());
        bridge
    }

    fn command(&self, pin: &str) -> Command {
        let mut command = Command::new(program("ANCU_FIELD_BIN", "ancu-field"));
        command.arg("--data").arg(&self.folder).arg("--json").env("ANCU_PIN", pin).stdin(Stdio::null());
        command
    }
}

/// A running engine, reached over loopback HTTP. Dropping it kills the process.
#[derive(Debug)]
pub struct Bridge {
    process: Child,
    address: String,
    token: String,
    client: reqwest::blocking::Client,
}

impl Bridge {
    /// A command, expecting success.
    pub fn call(&self, command: &Value) -> Value {
        self.try_call(command).unwrap_or_else(|refused| panic!("{command}: {refused:?}"))
    }

    /// A command; either outcome.
    pub fn try_call(&self, command: &Value) -> Result<Value, Refused> {
        let response = self
            .client
            .post(format!("{}/command", self.address))
            .bearer_auth(&self.token)
            .json(command)
            .send()
            .expect("the bridge answers");
        let status = response.status();
        let value = response.json().expect("JSON");
        if status.is_success() { Ok(value) } else { Err(Refused { problem: value }) }
    }

    /// Sends commands from another thread, where the process may be killed meanwhile.
    pub fn sender(&self) -> Sender {
        Sender { address: self.address.clone(), token: self.token.clone(), client: self.client.clone() }
    }

    /// `kill -9`: the engine has no chance to fold, close or say anything.
    pub fn kill(mut self) {
        self.process.kill().expect("the process can be killed");
        self.process.wait().expect("the process ends");
    }
}

/// Sends commands to a [`Bridge`] that may die.
#[derive(Debug, Clone)]
pub struct Sender {
    address: String,
    token: String,
    client: reqwest::blocking::Client,
}

impl Sender {
    /// The answer; `None` when the process died before it was whole.
    pub fn send(&self, command: &Value) -> Option<Value> {
        self.try_send(command).map(|answer| answer.unwrap_or_else(|refused| panic!("{command}: {refused:?}")))
    }

    /// The same; either outcome.
    pub fn try_send(&self, command: &Value) -> Option<Result<Value, Refused>> {
        let request = self.client.post(format!("{}/command", self.address)).bearer_auth(&self.token).json(command);
        let response = request.send().ok()?;
        let success = response.status().is_success();
        let value = response.json().ok()?;
        Some(if success { Ok(value) } else { Err(Refused { problem: value }) })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // After `kill` the process is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
