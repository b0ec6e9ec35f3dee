"""The lab as boto3 sees it, which knows nothing of Lifeboat.

Usage: lab.py CHECK, in the environment that `lifeboat lab` prints for a shell.
"""

import datetime
import os
import sys
import time

import boto3
import botocore.exceptions
from botocore.config import Config

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
SOON = {"Delay": 1, "MaxAttempts": 60}


def client(service, region="us-west-2"):
    return boto3.client(service, region_name=region, config=ONCE)


def refused(code, call, **arguments):
    """The call must fail with this code, and is given back as the exception that it is."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{code} was expected")


def create(rds, name, **more):
    return rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="drill",
        MasterUserPassword="rehearsal",
        **more,
    )["DBInstance"]


def described(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def identity():
    found = boto3.client("sts", config=ONCE).get_caller_identity()
    assert found["Account"] == os.environ["AWS_ACCESS_KEY_ID"], found


def seed():
    """One instance and one zone with one record."""
    rds, route53 = client("rds"), client("route53")
    create(rds, "orders-prod", BackupRetentionPeriod=7)
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="seed")["HostedZone"]["Id"]
    change(route53, zone, ("CREATE", record("orders-db.example.com.", "old.example.net", kind="CNAME")))
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="orders-prod", WaiterConfig=SOON)
    # After its first backup there is nothing but that to restore.
    while restorable(rds) < datetime.timedelta(seconds=2):
        time.sleep(0.2)


def restorable(rds):
    window = rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"][0].get("RestoreWindow", {})
    return window["LatestTime"] - window["EarliestTime"] if window else datetime.timedelta(0)


def instances():
    rds = client("rds")
    made = create(
        rds,
        "Orders",
        BackupRetentionPeriod=1,
        MultiAZ=True,
        DeletionProtection=True,
        StorageEncrypted=True,
        DBSubnetGroupName="private",
        VpcSecurityGroupIds=["sg-1", "sg-2"],
        Tags=[{"Key": "team", "Value": "a <b> & c"}],
    )
    assert made["DBInstanceStatus"] == "creating" and made["DBInstanceIdentifier"] == "orders", made
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="orders", WaiterConfig=SOON)
    found = described(rds, "orders")
    assert found["MultiAZ"] and found["DeletionProtection"] and found["StorageEncrypted"], found
    assert found["DBSubnetGroup"]["DBSubnetGroupName"] == "private", found
    assert [group["VpcSecurityGroupId"] for group in found["VpcSecurityGroups"]] == ["sg-1", "sg-2"], found
    assert found["Endpoint"]["Address"].endswith(".us-west-2.rds.amazonaws.com"), found
    assert isinstance(found["InstanceCreateTime"], datetime.datetime), found

    error = refused("DBInstanceAlreadyExists", create, rds=rds, name="orders")
    assert isinstance(error, rds.exceptions.DBInstanceAlreadyExistsFault)
    error = refused("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="nobody")
    assert isinstance(error, rds.exceptions.DBInstanceNotFoundFault)
    assert client("rds", "us-east-2").describe_db_instances()["DBInstances"] == []
    refused("InvalidAction", rds.describe_db_clusters)

    arn = found["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "drill", "Value": "ja"}])
    tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "a <b> & c", "drill": "ja"}, tags
    refused("InvalidParameterValue", rds.add_tags_to_resource, ResourceName=arn, Tags=[{"Key": "aws:x", "Value": ""}])
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="orders", SkipFinalSnapshot=True)

    create(rds, "short-lived", BackupRetentionPeriod=0)
    deleted = rds.delete_db_instance(DBInstanceIdentifier="short-lived", SkipFinalSnapshot=True)["DBInstance"]
    assert deleted["DBInstanceStatus"] == "deleting", deleted
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="short-lived", WaiterConfig=SOON)


def pages():
    rds, route53 = client("rds"), client("route53")
    names = [f"db-{number:02}" for number in range(45)]
    for name in names:
        create(rds, name)
    found = list(rds.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20}))
    assert [len(page["DBInstances"]) for page in found] == [20, 20, 5], found
    assert [one["DBInstanceIdentifier"] for page in found for one in page["DBInstances"]] == names

    zones = {f"{name}.example.": name for name in ["a", "b", "c"]}
    for zone, reference in zones.items():
        route53.create_hosted_zone(Name=zone, CallerReference=reference)
    found = list(route53.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["HostedZones"]) for page in found] == [2, 1], found
    assert {zone["Name"]: zone["CallerReference"] for page in found for zone in page["HostedZones"]} == zones

    zone = found[0]["HostedZones"][0]
    for number in range(3):
        change(route53, zone["Id"], ("CREATE", record(f"r{number}.{zone['Name']}", f"10.0.0.{number}")))
    found = route53.get_paginator("list_resource_record_sets")
    found = list(found.paginate(HostedZoneId=zone["Id"], PaginationConfig={"PageSize": 2}))
    assert [len(page["ResourceRecordSets"]) for page in found] == [2, 2, 1], found


def restores():
    rds = client("rds")
    source = described(rds, "orders-prod")
    now, latest = datetime.datetime.now(datetime.timezone.utc), source["LatestRestorableTime"]
    assert datetime.timedelta(0) < now - latest < datetime.timedelta(seconds=330), (now, latest)

    def restore(target, **arguments):
        return rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="orders-prod", TargetDBInstanceIdentifier=target, **arguments
        )["DBInstance"]

    for outside in [now + datetime.timedelta(hours=1), now - datetime.timedelta(days=8)]:
        error = refused("InvalidRestoreFault", restore, target="outside", RestoreTime=outside)
        assert isinstance(error, rds.exceptions.InvalidRestoreFault)
    refused("InvalidParameterCombination", restore, target="both", RestoreTime=latest, UseLatestRestorableTime=True)
    refused("InvalidParameterCombination", restore, target="neither")
    made = restore("inside", RestoreTime=latest - datetime.timedelta(hours=1), BackupRetentionPeriod=0)
    assert made["DBInstanceStatus"] == "creating" and made["BackupRetentionPeriod"] == 0, made
    restore("newest", UseLatestRestorableTime=True)
    for target in ["inside", "newest"]:
        rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=target, WaiterConfig=SOON)
    error = refused(
        "PointInTimeRestoreNotEnabled",
        rds.restore_db_instance_to_point_in_time,
        SourceDBInstanceIdentifier="inside",
        TargetDBInstanceIdentifier="again",
        UseLatestRestorableTime=True,
    )
    assert isinstance(error, rds.exceptions.PointInTimeRestoreNotEnabledFault)
    names = [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
    assert names == ["inside", "newest", "orders-prod"], names


def record(name, *values, ttl=60, kind="A"):
    return {
        "Name": name,
        "Type": kind,
        "TTL": ttl,
        "ResourceRecords": [{"Value": value} for value in values],
    }


def change(route53, zone, *changes):
    return route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": set} for action, set in changes]},
    )["ChangeInfo"]


def changes():
    route53 = client("route53")
    made = route53.create_hosted_zone(Name="example.com", CallerReference="once")
    zone = made["HostedZone"]["Id"]
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201 and made["Location"].endswith(zone.split("/")[-1]), made
    error = refused("HostedZoneAlreadyExists", route53.create_hosted_zone, Name="x.org", CallerReference="once")
    assert isinstance(error, route53.exceptions.HostedZoneAlreadyExists)

    def standing():
        sets = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        return {one["Name"]: one for one in sets if one["Type"] == "A"}

    first, second = record("a.example.com.", "10.0.0.1", "10.0.0.2"), record("b.example.com.", "10.0.0.3")
    submitted = change(route53, zone, ("CREATE", first))
    assert submitted["Status"] == "PENDING", submitted
    route53.get_waiter("resource_record_sets_changed").wait(Id=submitted["Id"], WaiterConfig=SOON)
    assert route53.get_change(Id=submitted["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    error = refused("NoSuchChange", route53.get_change, Id="C0NOBODY")
    assert isinstance(error, route53.exceptions.NoSuchChange)

    # Whole or not at all: the second change of each batch is wrong.
    before = standing()
    assert before == {"a.example.com.": first}, before
    for wrong in [
        ("CREATE", first),
        ("DELETE", record("a.example.com.", "10.0.0.1", "10.0.0.2", ttl=61)),
        ("DELETE", record("a.example.com.", "10.0.0.1")),
        ("DELETE", record("nobody.example.com.", "10.0.0.1")),
        ("UPSERT", record("a.example.org.", "10.0.0.1")),
    ]:
        error = refused("InvalidChangeBatch", lambda: change(route53, zone, ("CREATE", second), wrong))
        assert isinstance(error, route53.exceptions.InvalidChangeBatch)
        assert standing() == before, wrong
    change(route53, zone, ("DELETE", record("a.example.com.", "10.0.0.2", "10.0.0.1")), ("CREATE", second))
    assert list(standing()) == ["b.example.com."], standing()

    error = refused("HostedZoneNotEmpty", route53.delete_hosted_zone, Id=zone)
    assert isinstance(error, route53.exceptions.HostedZoneNotEmpty)
    change(route53, zone, ("DELETE", second))
    route53.delete_hosted_zone(Id=zone)
    error = refused("NoSuchHostedZone", route53.get_hosted_zone, Id=zone)
    assert isinstance(error, route53.exceptions.NoSuchHostedZone)


def outage():
    """us-east-2 is dark; what was replicated to us-west-2 can be restored there."""
    try:
        client("rds", "us-east-2").describe_db_instances()
        raise AssertionError("a Region that is down has answered")
    except botocore.exceptions.ConnectionClosedError:
        pass
    rds = client("rds")
    backups = rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceAutomatedBackupsArn=backups[0]["DBInstanceAutomatedBackupsArn"],
        TargetDBInstanceIdentifier="recovered",
        UseLatestRestorableTime=True,
    )
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="recovered", WaiterConfig=SOON)


CHECKS = [identity, seed, instances, pages, restores, changes, outage]

if __name__ == "__main__":
    {check.__name__: check for check in CHECKS}[sys.argv[1]]()
