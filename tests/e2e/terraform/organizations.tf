resource "aws_organizations_organization" "company" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
  aws_service_access_principals = ["sso.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = "workloads"
  parent_id = aws_organizations_organization.company.roots[0].id
}

resource "aws_organizations_account" "shop" {
  name      = "shop"
  email     = "shop@example.com"
  parent_id = aws_organizations_organizational_unit.workloads.id
  tags = {
    team = "web"
  }
}

resource "aws_organizations_policy" "no_leaving" {
  name        = "no-leaving"
  description = "Accounts stay"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "organizations:LeaveOrganization"
      Resource = "*"
    }]
  })
  depends_on = [aws_organizations_organization.company]
}

resource "aws_organizations_policy_attachment" "no_leaving" {
  policy_id = aws_organizations_policy.no_leaving.id
  target_id = aws_organizations_organizational_unit.workloads.id
}
