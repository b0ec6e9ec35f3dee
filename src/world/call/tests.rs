//! Calls against an AWS that a test scripts.

use super::*;
use crate::base::{Mode, Place, PlaceId};
use crate::world::scripted::{Kept, Log, error, rds, scripted};
use crate::world::{Allowance, AwsClients, Guard};
use aws_sdk_rds::operation::{
    delete_db_instance::{DeleteDBInstanceError, DeleteDbInstanceOutput},
    describe_db_instances::{DescribeDBInstancesError, DescribeDbInstancesOutput},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

const DESCRIBE: Action = Action::observe("rds", "DescribeDBInstances");
const DELETE: Action = Action::change("rds", "DeleteDBInstance");

/// A place whose AWS answers the n-th request, from 0, with `answer`.
struct Scene {
    rds: aws_sdk_rds::Client,
    caller: Caller,
    kept: Rc<Kept>,
    log: Log,
    guard: Arc<Guard>,
}

impl Scene {
    fn new(confirmed: bool, answer: impl Fn(usize) -> (u16, String) + Send + Sync + 'static) -> Self {
        let count = AtomicUsize::new(0);
        let (connection, log) = scripted(move |_| answer(count.fetch_add(1, Ordering::SeqCst)));
        let id = PlaceId::new("recovery").expect("valid");
        let place = Place {
            id: id.clone(),
            region: "us-west-2".to_owned(),
            account: None,
            role_arn: None,
            profile: None,
        };
        let clock = Clock::starting_at("2026-11-23T09:10:00Z".parse().expect("a time"));
        let guard = Guard::new(Allowance {
            mode: Mode::Drill,
            actions: [DESCRIBE, DELETE].into(),
            accounts: BTreeSet::new(),
            regions: BTreeSet::new(),
            lost_regions: BTreeSet::new(),
            drill_may_change: Vec::new(),
        });
        let aws = AwsClients::new(&connection, &[place], clock, &guard);
        if confirmed {
            aws.confirm_account(&id, "111122223333");
        }
        let kept = Rc::new(Kept::default());
        let caller = Caller { step: None, clock, seed: Seed(1), notices: kept.clone() };
        Self { rds: aws.rds(&id), caller, kept, log, guard }
    }

    async fn describe(&self) -> Result<DescribeDbInstancesOutput, CallFailure> {
        let target = Target { action: DESCRIBE, region: None, resource: None };
        self.caller
            .call::<_, DescribeDBInstancesError, _>(target, || self.rds.describe_db_instances().send())
            .await
    }

    async fn delete(&self) -> Result<DeleteDbInstanceOutput, CallFailure> {
        let target = Target { action: DELETE, region: None, resource: None };
        self.caller
            .call::<_, DeleteDBInstanceError, _>(target, || {
                self.rds.delete_db_instance().db_instance_identifier("orders").send()
            })
            .await
    }
}

fn empty_list() -> (u16, String) {
    rds("DescribeDBInstances", "<DBInstances/>")
}

#[tokio::test(start_paused = true)]
async fn an_html_page_means_that_the_endpoint_does_not_know_the_operation() {
    let scene = Scene::new(true, |_| (500, "<!doctype html><title>500</title>".to_owned()));
    let failure = scene.describe().await.expect_err("not supported");
    assert_eq!(failure.kind, CallKind::Unsupported);
    assert!(failure.message.contains("does not support it"), "{failure}");
    assert_eq!(scene.log.operations().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out_and_every_attempt_is_told() {
    let scene = Scene::new(true, |n| if n < 7 { error(400, "Throttling") } else { empty_list() });
    scene.describe().await.expect("it passes");
    let words = scene.kept.words();
    assert_eq!(words[0], "failed DescribeDBInstances 1 Throttling");
    assert_eq!(words[7], "called DescribeDBInstances 8");
    assert!(scene.caller.clock.elapsed().as_secs() > 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_error_is_tried_again_a_few_times_only() {
    let scene = Scene::new(true, |_| (503, String::new()));
    let failure = scene.describe().await.expect_err("it does not pass");
    assert_eq!((failure.kind, scene.log.operations().len()), (CallKind::Transient, 5));
    assert!(!failure.is_settled());
}

#[tokio::test(start_paused = true)]
async fn what_the_service_refuses_is_not_tried_again() {
    for (code, kind) in [("AccessDenied", CallKind::Denied), ("InvalidParameterValue", CallKind::Service)] {
        let scene = Scene::new(true, move |_| error(400, code));
        let failure = scene.describe().await.expect_err("refused");
        assert_eq!((failure.kind, scene.log.operations().len()), (kind, 1), "{code}");
        assert!(failure.is_settled());
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_before_it_is_sent_and_after_it_has_ended() {
    let scene = Scene::new(true, |_| rds("DeleteDBInstance", ""));
    scene.guard.own(Resource::rds_instance("us-west-2", "orders"));
    scene.delete().await.expect("it is owned");
    assert_eq!(scene.kept.words(), ["calling DeleteDBInstance 1", "called DeleteDBInstance 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_is_never_sent() {
    let scene = Scene::new(true, |_| rds("DeleteDBInstance", ""));
    let failure = scene.delete().await.expect_err("it is not owned");
    assert_eq!(failure.kind, CallKind::Refused);
    assert!(failure.message.contains("did not create `rds:orders`"), "{failure}");
    assert_eq!(scene.log.operations(), Vec::<String>::new());
    assert_eq!(scene.kept.words(), ["calling DeleteDBInstance 1", "refused DeleteDBInstance"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_called_before_the_account_is_known() {
    let scene = Scene::new(false, |_| empty_list());
    let failure = scene.describe().await.expect_err("refused");
    assert_eq!(failure.kind, CallKind::Refused);
    assert_eq!(scene.log.operations(), Vec::<String>::new());
}

#[test]
fn a_code_is_known_with_and_without_its_fault() {
    let failure = |code: &str| CallFailure {
        action: String::new(),
        kind: CallKind::Service,
        code: Some(code.to_owned()),
        message: String::new(),
    };
    assert!(failure("DBInstanceNotFound").has_code(&["DBInstanceNotFoundFault"]));
    assert!(failure("DBInstanceNotFoundFault").has_code(&["DBInstanceNotFound"]));
    assert!(!failure("DBSnapshotNotFound").has_code(&["DBInstanceNotFound"]));
}
