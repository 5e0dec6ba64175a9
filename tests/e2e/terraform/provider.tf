# Terraform's AWS provider against one endpoint for everything. The keys come from the environment.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

variable "endpoint" {
  type = string
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_get_ec2_platforms      = true
  skip_metadata_api_check     = true

  endpoints {
    iam           = var.endpoint
    organizations = var.endpoint
    sns           = var.endpoint
    sts           = var.endpoint
  }
}

data "aws_caller_identity" "current" {}

output "account" {
  value = data.aws_caller_identity.current.account_id
}
