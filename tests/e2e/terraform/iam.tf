data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["sns:Get*", "sns:List*"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.deployer.arn]
    }
  }
}

data "aws_iam_policy" "read_only" {
  arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "terraformed"
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_numbers                = true
  require_uppercase_characters   = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
}

resource "aws_iam_user" "deployer" {
  name = "deployer"
  path = "/robots/"
  tags = {
    team = "web"
  }
}

resource "aws_iam_access_key" "deployer" {
  user = aws_iam_user.deployer.name
}

resource "aws_iam_user_policy" "deployer" {
  name   = "read"
  user   = aws_iam_user.deployer.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "deployer" {
  user       = aws_iam_user.deployer.name
  policy_arn = data.aws_iam_policy.read_only.arn
}

resource "aws_iam_group" "developers" {
  name = "developers"
  path = "/people/"
}

resource "aws_iam_group_policy" "developers" {
  name   = "read"
  group  = aws_iam_group.developers.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy_attachment" "developers" {
  group      = aws_iam_group.developers.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group_membership" "developers" {
  name  = "developers"
  group = aws_iam_group.developers.name
  users = [aws_iam_user.deployer.name]
}

resource "aws_iam_policy" "read" {
  name        = "read-topics"
  path        = "/teams/"
  description = "Reads topics"
  policy      = data.aws_iam_policy_document.read.json
  tags = {
    team = "web"
  }
}

resource "aws_iam_role" "service" {
  name                 = "service"
  description          = "What the machines run as"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 7200
  permissions_boundary = data.aws_iam_policy.read_only.arn
  tags = {
    team = "web"
  }
}

resource "aws_iam_role_policy" "service" {
  name   = "read"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "service" {
  role       = aws_iam_role.service.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "service" {
  name = "service"
  role = aws_iam_role.service.name
}

resource "aws_iam_service_linked_role" "chatbot" {
  aws_service_name = "management.chatbot.amazonaws.com"
}

resource "aws_iam_openid_connect_provider" "pipelines" {
  url             = "https://pipelines.example.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
}
