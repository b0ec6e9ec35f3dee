//! A rehearsal on a real terminal, by tmux.

use crate::lifeboat::Place;
use std::{
    process::Command,
    time::{Duration, Instant},
};

struct Tmux {
    socket: String,
}

impl Tmux {
    fn start(name: &str, width: &str, height: &str, command: &str) -> Self {
        let tmux = Self { socket: format!("lifeboat-{name}-{}", std::process::id()) };
        let arguments = ["new-session", "-d", "-s", "main", "-x", width, "-y", height, command];
        assert!(tmux.tmux(&arguments).status.success(), "tests/run installs tmux");
        tmux
    }

    fn tmux(&self, arguments: &[&str]) -> std::process::Output {
        Command::new("tmux")
            .args(["-L", &self.socket, "-f", "/dev/null"])
            .args(arguments)
            .output()
            .expect("tmux runs")
    }

    fn screen(&self) -> String {
        let output = self.tmux(&["capture-pane", "-p", "-e", "-S", "-", "-t", "main"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(Instant::now() < deadline, "`{text}` does not appear on:\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn rehearse(place: &Place, arguments: &str) -> String {
    let (binary, store) = (env!("CARGO_BIN_EXE_lifeboat"), place.path().join("store"));
    format!("{binary} --store {} rehearse {arguments}; echo ended with $?; sleep 600", store.display())
}

#[test]
fn steps_are_shown_as_they_go_and_the_summary_fits_80_columns() {
    let place = Place::new();
    let tmux =
        Tmux::start("virtual", "80", "200", &rehearse(&place, "scenarios/region-outage.yaml --run-id night"));
    let screen = tmux.wait_for("ended with 0");
    for word in ["restore", "switch", "reachable", "certifies nothing", "RTO", "RPO", "critical"] {
        assert!(screen.contains(word), "{word} is not on:\n{screen}");
    }
    assert!(screen.contains('\u{1b}'), "no colours on a terminal:\n{screen}");
    let plain = place.run(&["report", "night"]).expect(0).stdout;
    let wide: Vec<&str> =
        plain.lines().filter(|line| line.chars().count() > 80 && !line.contains('/')).collect();
    assert!(wide.is_empty(), "wider than 80 columns:\n{}", wide.join("\n"));
}

#[test]
fn ctrl_c_on_a_terminal_stops_a_drill_and_cleans_up() {
    let place = Place::new();
    let command = rehearse(&place, "tests/worlds/pause-drill.yaml --real-time --run-id night");
    let tmux = Tmux::start("ctrl-c", "80", "50", &command);
    crate::interrupts::wait_for(
        &place.journal("night"),
        "the pause",
        crate::interrupts::is("step-started", "pause"),
    );
    tmux.tmux(&["send-keys", "-t", "main", "C-c"]);
    let screen = tmux.wait_for("ended with");
    // It was to succeed, and was stopped: not as expected.
    assert!(screen.contains("ended with 1"), "{screen}");
    assert!(screen.contains("stopped"), "{screen}");
    let report = place.run(&["report", "night", "--json"]).expect(0).json();
    assert_eq!(report["run"]["outcome"], "stopped");
    assert_eq!(report["leftovers"].as_array().map(Vec::len), Some(0));
}
