use super::*;
use crate::pack::Pack;

fn resolved(service: &str, region: &str, fips: bool, dualstack: bool) -> Result<Endpoint, EndpointError> {
    let pack = Pack::embedded().unwrap();
    let service = pack.service(service).unwrap();
    let settings = EndpointSettings { use_fips: fips, use_dualstack: dualstack, ..EndpointSettings::default() };
    resolve(&pack, &service, region, &settings)
}

#[test]
fn hosts_as_the_cli_uses_them() {
    for (service, region, fips, dualstack, host, name, signed) in [
        ("sns", "eu-central-1", false, false, "sns.eu-central-1.amazonaws.com", "sns", "eu-central-1"),
        ("sns", "us-east-1", true, false, "sns-fips.us-east-1.amazonaws.com", "sns", "us-east-1"),
        ("sns", "cn-north-1", false, false, "sns.cn-north-1.amazonaws.com.cn", "sns", "cn-north-1"),
        ("ec2", "us-east-1", false, true, "ec2.us-east-1.api.aws", "ec2", "us-east-1"),
        ("iam", "eu-west-1", false, false, "iam.amazonaws.com", "iam", "us-east-1"),
        ("iam", "us-gov-west-1", false, false, "iam.us-gov.amazonaws.com", "iam", "us-gov-west-1"),
        (
            "organizations",
            "eu-west-1",
            false,
            false,
            "organizations.us-east-1.amazonaws.com",
            "organizations",
            "us-east-1",
        ),
        ("sts", "eu-west-1", false, false, "sts.eu-west-1.amazonaws.com", "sts", "eu-west-1"),
        ("cloudwatch", "us-west-2", false, false, "monitoring.us-west-2.amazonaws.com", "monitoring", "us-west-2"),
        ("s3", "eu-west-1", false, false, "s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("route53", "eu-west-1", false, false, "route53.amazonaws.com", "route53", "us-east-1"),
    ] {
        let endpoint = resolved(service, region, fips, dualstack).unwrap();
        assert_eq!(endpoint.host, host, "{service} {region}");
        assert_eq!(
            (endpoint.signing_name.as_str(), endpoint.signing_region.as_str()),
            (name, signed),
            "{service} {region}"
        );
        assert_eq!(endpoint.url, format!("https://{host}"));
        assert_eq!(endpoint.scheme, "sigv4");
    }
}

#[test]
fn every_service_has_an_endpoint_in_every_partition_or_a_reason() {
    let pack = Pack::embedded().unwrap();
    let partitions = pack.partitions().unwrap();
    let mut found = 0;
    for name in pack.services().filter(|name| *name != "bailiwick") {
        let service = pack.service(name).unwrap();
        for partition in partitions.iter() {
            let region = partition.regions().next().unwrap();
            match resolve(&pack, &service, region, &EndpointSettings::default()) {
                Ok(endpoint) => {
                    found += 1;
                    assert!(
                        endpoint.url.starts_with("https://") && !endpoint.host.contains(['{', '/']),
                        "{endpoint:?}"
                    );
                }
                Err(EndpointError::Refused { .. }) => {}
                // Services whose hosts depend on the call have no endpoint without one.
                Err(error) => panic!("{name} {region}: {error}"),
            }
        }
    }
    assert!(found > 3_000, "{found}");
}

#[test]
fn a_bucket_chooses_its_host() {
    let pack = Pack::embedded().unwrap();
    let s3 = pack.service("s3").unwrap();
    let operation = s3.operation("GetObject").unwrap();
    let input = Value::map([("Bucket", Value::from("photos")), ("Key", Value::from("a/b"))]);
    let mut settings = EndpointSettings::default();
    let endpoint = resolve_for(&pack, &s3, "eu-west-1", &settings, Some((operation, &input))).unwrap();
    assert_eq!(endpoint.url, "https://photos.s3.eu-west-1.amazonaws.com");
    assert!(endpoint.disable_double_encoding);
    settings.built_in.insert("AWS::S3::ForcePathStyle".to_owned(), Json::Bool(true));
    let endpoint = resolve_for(&pack, &s3, "eu-west-1", &settings, Some((operation, &input))).unwrap();
    assert_eq!(endpoint.url, "https://s3.eu-west-1.amazonaws.com/photos");
}

#[test]
fn a_region_tells_its_partition() {
    let partitions = Pack::embedded().unwrap().partitions().unwrap();
    for (region, partition) in [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("eu-new-9", "aws"),
    ] {
        assert_eq!(partitions.find_region(region).unwrap().id, partition, "{region}");
    }
    assert!(partitions.find_region("moon").is_none());
    assert!(partitions.knows_region("eu-central-1") && !partitions.knows_region("aws-global"));
}
