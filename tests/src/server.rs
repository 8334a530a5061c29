//! A real `ancu-server` process over real TLS, with a seeded store in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use tempfile::TempDir;

use crate::console::Console;
use crate::program;

/// A running (or killed) server and its folder. Dropping it ends the process and removes the folder.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
    accounts: Vec<Account>,
}

/// An account of the demonstration, as the seed wrote it down.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// Login name.
    pub username: String,
    /// Password, for who uses the console.
    pub password: Option<String>,
    /// The person's name.
    pub name: String,
    /// Role code.
    pub role: String,
    /// Enrolment link, for who uses a device.
    pub link: Option<String>,
}

#[derive(Deserialize)]
struct DemoAccounts {
    accounts: Vec<Account>,
}

impl Server {
    /// A server with the demonstration's ward in it, listening.
    pub fn start() -> Self {
        Self::start_in(&std::env::temp_dir())
    }

    /// The same, with its store on a given disk.
    pub fn start_in(place: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("ancu-server-").tempdir_in(place).expect("a temporary folder");
        // Enrolment links name the port, so it must be known before the store is seeded.
        let port = free_port();
        let url = format!("https://127.0.0.1:{port}");
        let seeded = Command::new(program("ANCU_SERVER_BIN", "ancu-server"))
            .arg("--data")
            .arg(folder.path())
            .args(["seed", "--without-photos", "--public-url", &url])
            .stdin(Stdio::null())
            .output()
            .expect("ancu-server can be started");
        assert!(seeded.status.success(), "seeding failed:\n{}", String::from_utf8_lossy(&seeded.stderr));
        let file = std::fs::read(folder.path().join("demo-accounts.json")).expect("the seed writes its accounts down");
        let accounts: DemoAccounts = serde_json::from_slice(&file).expect("demo-accounts.json");
        let mut server = Self { folder, port, process: None, accounts: accounts.accounts };
        server.up();
        server
    }

    /// Starts the process on its own port and waits until it says that it listens.
    pub fn up(&mut self) {
        assert!(self.try_up(), "the server did not start:\n{}", self.log());
    }

    /// The same; `false` if it ends before it listens.
    pub fn try_up(&mut self) -> bool {
        assert!(self.process.is_none(), "the server runs already");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_file()).expect("a log file");
        let mut process = Command::new(program("ANCU_SERVER_BIN", "ancu-server"))
            .arg("--data")
            .arg(self.folder.path())
            // Requests are told by their addresses, so that a test can prove that one was never made.
            .args(["--log", "info,tower_http=debug"])
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--public-url", &self.url()])
            .args(["--login-tries-per-minute", "10000", "--ui"])
            .arg(crate::workspace().join("app/ui/dist"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("ancu-server can be started");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the server's first line");
        let listens = line.starts_with("listening ");
        if listens {
            self.process = Some(process);
        } else {
            process.wait().expect("the process ends");
        }
        listens
    }

    /// `kill -9`: the process has no chance to say anything.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("the server runs");
        process.kill().expect("the process can be killed");
        process.wait().expect("the process ends");
    }

    /// Asks the process to stop in peace and returns its exit status.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let mut process = self.process.take().expect("the server runs");
        // The shell's own: a bare system has no program of that name.
        let kill = format!("kill -TERM {}", process.id());
        let asked = Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        assert!(asked.success());
        process.wait().expect("the process ends")
    }

    /// `https://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many calls of the exchange it has seen.
    pub fn requests(&self) -> usize {
        self.log().lines().filter(|line| line.contains("started processing request") && line.contains("/sync/")).count()
    }

    /// The number of the process.
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// The store's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The certificate of the server's authority, as PEM.
    pub fn authority(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("tls/ca.pem")).expect("the server made its authority")
    }

    /// An account of the demonstration.
    pub fn account(&self, username: &str) -> &Account {
        self.accounts.iter().find(|account| account.username == username).expect("an account of the demonstration")
    }

    /// The enrolment link of an account.
    pub fn link(&self, username: &str) -> String {
        self.account(username).link.clone().expect("an account with a device")
    }

    /// The console, logged in as that account.
    pub fn console(&self, username: &str) -> Console {
        let password = self.account(username).password.as_deref().expect("an account with a password");
        Console::log_in(self, username, password)
    }

    /// A fresh enrolment link for an account, as the administrator hands it out in the console.
    pub fn console_link(&self, username: &str) -> String {
        let administrator = self.console("quantri");
        let users = administrator.get("/api/v1/users");
        let user = users["items"].as_array().and_then(|users| users.iter().find(|user| user["username"] == username));
        let id = user.and_then(|user| user["id"].as_str()).expect("an account").to_owned();
        let answer = administrator.post(&format!("/api/v1/users/{id}/enrolment-codes"), &serde_json::json!({}));
        answer["link"].as_str().expect("a link").to_owned()
    }

    /// Runs another sub-command of `ancu-server` on this store; its standard output.
    pub fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(program("ANCU_SERVER_BIN", "ancu-server"))
            .arg("--data")
            .arg(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("ancu-server can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(format!("{}{}", text(&output.stdout), text(&output.stderr)))
        }
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("test.log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // The process may have ended by itself; a test that passed has looked at what matters.
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the server's log ---\n{}", self.log());
        }
    }
}

/// A port that nothing listens on. The kernel hands these out in turn, so another process does not get it at once.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
