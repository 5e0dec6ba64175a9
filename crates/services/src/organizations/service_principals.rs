//! The services that can have access to an organization.
//! Source: AWS's Organizations guide, "AWS services that you can use with AWS Organizations".

use bailiwick_aws::fault::Fault;

use super::invalid;

/// Their service principals, in order.
const KNOWN: &[&str] = &[
    "access-analyzer.amazonaws.com",
    "account.amazonaws.com",
    "agentless.inspector2.amazonaws.com",
    "application-signals.cloudwatch.amazonaws.com",
    "auditmanager.amazonaws.com",
    "aws-artifact-account-sync.amazonaws.com",
    "backup.amazonaws.com",
    "bcmdataexports.amazonaws.com",
    "bedrock.amazonaws.com",
    "billing.amazonaws.com",
    "chatbot.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "compute-optimizer.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
    "config.amazonaws.com",
    "controltower.amazonaws.com",
    "cost-optimization-hub.bcm.amazonaws.com",
    "declarative-policies-ec2.amazonaws.com",
    "detective.amazonaws.com",
    "devops-guru.amazonaws.com",
    "ds.amazonaws.com",
    "ec2.amazonaws.com",
    "fms.amazonaws.com",
    "guardduty.amazonaws.com",
    "health.amazonaws.com",
    "iam.amazonaws.com",
    "inspector.amazonaws.com",
    "inspector2.amazonaws.com",
    "internetmonitor.amazonaws.com",
    "ipam.amazonaws.com",
    "license-management.marketplace.amazonaws.com",
    "license-manager-linux-subscriptions.amazonaws.com",
    "license-manager.amazonaws.com",
    "license-manager.member-account.amazonaws.com",
    "macie.amazonaws.com",
    "malware-protection.guardduty.amazonaws.com",
    "management.chatbot.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "mgn.amazonaws.com",
    "network-security-director.amazonaws.com",
    "networkmanager.amazonaws.com",
    "notifications.amazonaws.com",
    "observabilityadmin.amazonaws.com",
    "private-marketplace.marketplace.amazonaws.com",
    "ram.amazonaws.com",
    "reachabilityanalyzer.networkinsights.amazonaws.com",
    "reporting.trustedadvisor.amazonaws.com",
    "resource-explorer-2.amazonaws.com",
    "rolesanywhere.amazonaws.com",
    "s3.amazonaws.com",
    "security-ir.amazonaws.com",
    "securityhub.amazonaws.com",
    "securityhubv2.amazonaws.com",
    "securitylake.amazonaws.com",
    "servicecatalog.amazonaws.com",
    "servicequotas.amazonaws.com",
    "ssm.amazonaws.com",
    "sso.amazonaws.com",
    "stacksets.cloudformation.amazonaws.com",
    "storage-lens.s3.amazonaws.com",
    "tagpolicies.tag.amazonaws.com",
    "user-subscriptions.amazonaws.com",
    "wellarchitected.amazonaws.com",
];

/// Refuses a service that does not work with Organizations.
pub(super) fn require_known(service: &str) -> Result<(), Fault> {
    match KNOWN.binary_search(&service) {
        Ok(_) => Ok(()),
        Err(_) => Err(invalid("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_are_in_order() {
        assert!(KNOWN.is_sorted());
        assert!(require_known("config.amazonaws.com").is_ok());
        assert!(require_known("nothing.amazonaws.com").is_err());
    }
}
