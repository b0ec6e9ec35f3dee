//! What the guard lets through, and what not.

use super::*;

const DESCRIBE: Action = Action::observe("rds", "DescribeDBInstances");
const RESTORE: Action = Action::change("rds", "RestoreDBInstanceToPointInTime");
const DELETE: Action = Action::change("rds", "DeleteDBInstance");
const CHANGE: Action = Action::change("route53", "ChangeResourceRecordSets");
const CALLER: Action = Action::observe("sts", "GetCallerIdentity");

fn allowance(mode: Mode) -> Allowance {
    Allowance {
        mode,
        actions: [DESCRIBE, RESTORE, DELETE, CHANGE, CALLER].into(),
        accounts: ["111122223333".to_owned()].into(),
        regions: ["us-west-2".to_owned()].into(),
        lost_regions: ["us-east-2".to_owned()].into(),
        drill_may_change: Vec::new(),
    }
}

fn judged(guard: &Guard, action: Action, region: &str, subjects: &[Subject]) -> Result<(), Refusal> {
    guard.judge(&CallInQuestion {
        service: action.service,
        operation: action.operation,
        region,
        account: Some("111122223333"),
        subjects: Some(subjects),
    })
}

fn instance(deed: Deed, id: &str) -> Subject {
    Subject { deed, resource: Resource::rds_instance("us-west-2", id) }
}

fn record(deed: Deed, name: &str) -> Subject {
    Subject { deed, resource: Resource::route53_record("Z1", name, "CNAME") }
}

#[test]
fn only_what_the_plan_declares_is_called() {
    let undeclared = Action::change("rds", "ModifyDBInstance");
    let guard = Guard::new(allowance(Mode::Incident));
    assert!(matches!(judged(&guard, undeclared, "us-west-2", &[]), Err(Refusal::NotDeclared(_))));
    assert_eq!(judged(&guard, DESCRIBE, "us-west-2", &[]), Ok(()));
}

#[test]
fn a_lost_region_and_one_outside_the_guardrails_are_not_entered() {
    let guard = Guard::new(allowance(Mode::Incident));
    assert!(matches!(judged(&guard, DESCRIBE, "us-east-2", &[]), Err(Refusal::LostRegion(_))));
    assert!(matches!(judged(&guard, DESCRIBE, "eu-west-1", &[]), Err(Refusal::OtherRegion(_))));
    // A global service is in no Region, wherever its client is.
    assert_eq!(judged(&guard, CHANGE, "us-east-2", &[]), Ok(()));
}

#[test]
fn another_account_and_an_unknown_one_may_only_be_asked_who_they_are() {
    let guard = Guard::new(allowance(Mode::Incident));
    for (account, refusal) in [
        (Some("999999999999"), Refusal::OtherAccount("999999999999".to_owned())),
        (None, Refusal::UnknownAccount),
    ] {
        let call = |action: Action| CallInQuestion {
            service: action.service,
            operation: action.operation,
            region: "us-west-2",
            account,
            subjects: None,
        };
        // Global services are exempt from Regions, never from accounts.
        assert_eq!(guard.judge(&call(CHANGE)), Err(refusal.clone()));
        assert_eq!(guard.judge(&call(DESCRIBE)), Err(refusal));
        assert_eq!(guard.judge(&call(CALLER)), Ok(()));
    }
}

#[test]
fn an_instance_that_the_run_did_not_create_is_deleted_in_no_mode() {
    for mode in [Mode::Drill, Mode::Incident] {
        let allowance = Allowance { drill_may_change: vec!["rds:orders".to_owned()], ..allowance(mode) };
        let guard = Guard::new(allowance);
        let deletion = [instance(Deed::Delete, "orders")];
        assert!(matches!(judged(&guard, DELETE, "us-west-2", &deletion), Err(Refusal::NotCreatedByRun(_))));
        guard.own(Resource::rds_instance("us-west-2", "Orders"));
        assert_eq!(judged(&guard, DELETE, "us-west-2", &deletion), Ok(()));
        guard.disown(&Resource::rds_instance("us-west-2", "orders"));
        assert!(judged(&guard, DELETE, "us-west-2", &deletion).is_err());
    }
}

#[test]
fn an_instance_of_that_name_in_another_region_is_somebody_elses() {
    let guard = Guard::new(Allowance { regions: BTreeSet::new(), ..allowance(Mode::Drill) });
    guard.own(Resource::rds_instance("eu-west-1", "orders"));
    let deletion = [instance(Deed::Delete, "orders")];
    assert!(judged(&guard, DELETE, "us-west-2", &deletion).is_err());
}

#[test]
fn a_drill_creates_a_record_and_takes_it_away_but_alters_none() {
    let guard = Guard::new(allowance(Mode::Drill));
    let swap = [record(Deed::Delete, "db.example.com"), record(Deed::Create, "db.example.com")];
    assert!(matches!(judged(&guard, CHANGE, "us-west-2", &swap), Err(Refusal::NotCreatedByDrill(_))));
    assert_eq!(judged(&guard, CHANGE, "us-west-2", &swap[1..]), Ok(()));
    guard.own(Resource::route53_record("Z1", "db.example.com.", "CNAME"));
    assert_eq!(judged(&guard, CHANGE, "us-west-2", &swap), Ok(()));
    let incident = Guard::new(allowance(Mode::Incident));
    assert_eq!(judged(&incident, CHANGE, "us-west-2", &swap), Ok(()));
}

#[test]
fn what_a_drill_may_change_it_may_also_put_back() {
    let swap = [record(Deed::Delete, "db.example.com"), record(Deed::Create, "db.example.com")];
    let judge = |spelled: &str| {
        let allowance = Allowance { drill_may_change: vec![spelled.to_owned()], ..allowance(Mode::Drill) };
        judged(&Guard::new(allowance), CHANGE, "us-west-2", &swap)
    };
    for spelled in [
        "db.example.com",
        "DB.example.com.",
        "route53:Z1/db.example.com/CNAME",
        "route53:example.com/db.example.com/cname",
    ] {
        assert_eq!(judge(spelled), Ok(()), "{spelled}");
    }
    for spelled in [
        "other.example.com",
        "rds:db.example.com",
        "route53:Z2/db.example.com/CNAME",
        "route53:Z1/db.example.com/A",
        "route53:Z1/db.example.com/CNAME/blue",
        "route53:ample.com/db.example.com/CNAME",
        "route53:Z1",
    ] {
        assert!(judge(spelled).is_err(), "{spelled} was let through");
    }
}

#[test]
fn a_change_whose_input_cannot_be_read_is_refused() {
    let guard = Guard::new(allowance(Mode::Incident));
    let call = CallInQuestion {
        service: "rds",
        operation: "DeleteDBInstance",
        region: "us-west-2",
        account: Some("111122223333"),
        subjects: None,
    };
    assert!(matches!(guard.judge(&call), Err(Refusal::Opaque(_))));
}
