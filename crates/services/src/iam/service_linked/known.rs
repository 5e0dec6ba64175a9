//! The services that have a service-linked role. Sources: the services' own guides, "Using service-linked roles", and AWS's
//! managed policies under `/aws-service-role/`.

/// A service with a service-linked role.
#[derive(Debug)]
pub(super) struct Known {
    /// The service principal.
    pub(super) service: &'static str,
    /// The role's name.
    pub(super) role: &'static str,
    /// AWS's managed policy, under `/aws-service-role/`.
    pub(super) policy: &'static str,
    /// Whether there may be several roles, told apart by a suffix.
    pub(super) suffix: bool,
    /// The description the service gives.
    pub(super) description: &'static str,
}

/// The service of a principal.
pub(super) fn known(service: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.service == service)
}

macro_rules! known {
    ($($service:literal, $role:literal, $policy:literal, $suffix:literal, $description:literal;)*) => {
        &[$(Known {
            service: $service,
            role: concat!("AWSServiceRoleFor", $role),
            policy: $policy,
            suffix: $suffix,
            description: $description,
        }),*]
    };
}

const KNOWN: &[Known] = known! {
    "access-analyzer.amazonaws.com", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy", false, "";
    "acm.amazonaws.com", "CertificateManager", "CertificateManagerServiceRolePolicy", false, "";
    "appmesh.amazonaws.com", "AppMesh", "AWSAppMeshServiceRolePolicy", false, "";
    "autoscaling-plans.amazonaws.com", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy", false, "";
    "autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy", true, "Default Service-Linked Role enables access to AWS Services and Resources used or managed by Auto Scaling";
    "backup.amazonaws.com", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup", false, "";
    "batch.amazonaws.com", "Batch", "BatchServiceRolePolicy", false, "";
    "budgets.amazonaws.com", "Budgets", "BudgetsServiceRolePolicy", false, "";
    "chime.amazonaws.com", "AmazonChime", "AmazonChimeServiceRolePolicy", false, "";
    "cloud9.amazonaws.com", "AWSCloud9", "AWSCloud9ServiceRolePolicy", false, "";
    "cloudhsm.amazonaws.com", "CloudHSM", "CloudHSMServiceRolePolicy", false, "";
    "cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy", false, "";
    "codestar-notifications.amazonaws.com", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy", false, "";
    "compute-optimizer.amazonaws.com", "ComputeOptimizer", "ComputeOptimizerServiceRolePolicy", false, "";
    "config-conforms.amazonaws.com", "ConfigConforms", "ConfigConformsServiceRolePolicy", false, "";
    "config.amazonaws.com", "Config", "AWSConfigServiceRolePolicy", false, "";
    "connect.amazonaws.com", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy", true, "";
    "continuousexport.discovery.amazonaws.com", "ApplicationDiscoveryServiceContinuousExport", "ApplicationDiscoveryServiceContinuousExportServiceRolePolicy", false, "";
    "dax.amazonaws.com", "DAX", "DAXServiceRolePolicy", false, "";
    "detective.amazonaws.com", "Detective", "AmazonDetectiveServiceLinkedRolePolicy", false, "";
    "devops-guru.amazonaws.com", "DevOpsGuru", "AmazonDevOpsGuruServiceRolePolicy", false, "";
    "ds.amazonaws.com", "DirectoryService", "AWSDirectoryServiceServiceRolePolicy", false, "";
    "dynamodb.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_DynamoDBTable", "AWSApplicationAutoscalingDynamoDBTablePolicy", false, "";
    "ec2fleet.amazonaws.com", "EC2Fleet", "AWSEC2FleetServiceRolePolicy", false, "";
    "ec2scheduled.amazonaws.com", "EC2ScheduledInstances", "AWSServiceRoleForEC2ScheduledInstances", false, "";
    "ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy", false, "";
    "ecs.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy", false, "";
    "eks-fargate.amazonaws.com", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy", false, "";
    "eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup", false, "";
    "eks.amazonaws.com", "AmazonEKS", "AmazonEKSServiceRolePolicy", false, "";
    "elasticache.amazonaws.com", "ElastiCache", "ElastiCacheServiceRolePolicy", false, "";
    "elasticbeanstalk.amazonaws.com", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy", false, "";
    "elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy", false, "";
    "elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy", false, "";
    "elasticmapreduce.amazonaws.com", "EMRCleanup", "AmazonEMRCleanupPolicy", true, "";
    "email.cognito-idp.amazonaws.com", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy", false, "";
    "emr-containers.amazonaws.com", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy", false, "";
    "es.amazonaws.com", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy", false, "";
    "events.amazonaws.com", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy", false, "";
    "fms.amazonaws.com", "FMS", "FMSServiceRolePolicy", false, "";
    "fsx.amazonaws.com", "AmazonFSx", "AmazonFSxServiceRolePolicy", false, "";
    "globalaccelerator.amazonaws.com", "GlobalAccelerator", "AWSGlobalAcceleratorSLRPolicy", false, "";
    "guardduty.amazonaws.com", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy", false, "";
    "imagebuilder.amazonaws.com", "ImageBuilder", "AWSServiceRoleForImageBuilder", false, "";
    "inspector.amazonaws.com", "AmazonInspector", "AmazonInspectorServiceRolePolicy", false, "";
    "inspector2.amazonaws.com", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy", false, "";
    "iotsitewise.amazonaws.com", "IoTSiteWise", "AWSServiceRoleForIoTSiteWise", true, "";
    "kafka.amazonaws.com", "Kafka", "KafkaServiceRolePolicy", false, "";
    "lakeformation.amazonaws.com", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy", false, "";
    "lex.amazonaws.com", "LexBots", "LexBotPolicy", false, "";
    "lexv2.amazonaws.com", "LexV2Bots", "AmazonLexV2BotPolicy", true, "";
    "license-manager.amazonaws.com", "AWSLicenseManagerRole", "AWSLicenseManagerServiceRolePolicy", false, "";
    "macie.amazonaws.com", "AmazonMacie", "AmazonMacieServiceRolePolicy", false, "";
    "management.chatbot.amazonaws.com", "AWSChatbot", "AWSChatbotServiceLinkedRolePolicy", false, "Service-linked role used by AWS Chatbot";
    "mq.amazonaws.com", "AmazonMQ", "AmazonMQServiceRolePolicy", false, "";
    "network-firewall.amazonaws.com", "AWSNetworkFirewall", "AWSNetworkFirewallServiceRolePolicy", false, "";
    "networkmanager.amazonaws.com", "NetworkManager", "AWSNetworkManagerServiceRolePolicy", false, "";
    "opensearchservice.amazonaws.com", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy", false, "";
    "ops.apigateway.amazonaws.com", "APIGateway", "APIGatewayServiceRolePolicy", false, "";
    "organizations.amazonaws.com", "Organizations", "AWSOrganizationsServiceTrustPolicy", false, "Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.";
    "outposts.amazonaws.com", "Outposts", "AWSOutpostsServiceRolePolicy", true, "";
    "ram.amazonaws.com", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy", false, "";
    "rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy", false, "";
    "rds.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_RDSCluster", "AWSApplicationAutoscalingRDSClusterPolicy", false, "";
    "redshift.amazonaws.com", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy", false, "";
    "replication.dynamodb.amazonaws.com", "DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy", false, "";
    "replication.ecr.amazonaws.com", "ECRReplication", "ECRReplicationServiceRolePolicy", false, "";
    "replicator.lambda.amazonaws.com", "LambdaReplicator", "AWSLambdaReplicator", false, "";
    "resource-groups.amazonaws.com", "ResourceGroups", "ResourceGroupsServiceRolePolicy", false, "";
    "route53resolver.amazonaws.com", "Route53Resolver", "Route53ResolverServiceRolePolicy", false, "";
    "securityhub.amazonaws.com", "SecurityHub", "AWSSecurityHubServiceRolePolicy", false, "";
    "servicequotas.amazonaws.com", "ServiceQuotas", "ServiceQuotasServiceRolePolicy", false, "";
    "shield.amazonaws.com", "AWSShield", "AWSShieldServiceRolePolicy", false, "";
    "spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy", false, "";
    "spotfleet.amazonaws.com", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy", false, "";
    "ssm.amazonaws.com", "AmazonSSM", "AmazonSSMServiceRolePolicy", false, "";
    "sso.amazonaws.com", "SSO", "AWSSSOServiceRolePolicy", false, "";
    "storage-lens.s3.amazonaws.com", "S3StorageLens", "S3StorageLensServiceRolePolicy", false, "";
    "support.amazonaws.com", "Support", "AWSSupportServiceRolePolicy", false, "";
    "transitgateway.amazonaws.com", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy", false, "";
    "trustedadvisor.amazonaws.com", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy", false, "";
    "wafv2.amazonaws.com", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy", false, "";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_one_of_aws() {
        let pack = bailiwick_aws::pack::Pack::embedded().unwrap();
        let policies = pack.managed_policies().unwrap();
        for known in KNOWN {
            let policy = known.policy;
            let arn = format!("arn:aws:iam::aws:policy/aws-service-role/{policy}");
            assert!(policies.get(&arn).is_some(), "{} names {arn}, which is not there", known.service);
            assert!(known.role.len() <= 64, "{}", known.role);
        }
        assert!(KNOWN.is_sorted_by_key(|known| known.service));
    }
}
