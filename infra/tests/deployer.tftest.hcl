# The role of a build machine.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "secondary"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
  image_tag       = "0123456789ab"
  secrets         = ["supabase_url"]
  supabase_url    = "https://project.supabase.co"
}

run "no_deployer_role_by_default" {
  command = plan

  assert {
    condition     = length(aws_iam_role.deployer) == 0 && length(aws_iam_openid_connect_provider.deployer) == 0 && output.deployer_role_arn == ""
    error_message = "There is a role that no variable asked for."
  }
}

run "only_the_named_builds_assume_it" {
  command = plan

  variables {
    deployer = { state_bucket = "the-state", subjects = ["repo:example/agent-team:ref:refs/heads/main"] }
  }

  assert {
    condition     = aws_iam_openid_connect_provider.deployer[0].url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.deployer[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "Tokens of another issuer, or for another audience, would count."
  }

  assert {
    condition     = jsondecode(aws_iam_role.deployer[0].assume_role_policy).Statement[0].Condition == { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }, StringLike = { "token.actions.githubusercontent.com:sub" = ["repo:example/agent-team:ref:refs/heads/main"] } }
    error_message = "Other builds may take the role."
  }

  # It cannot change itself, and can pass roles to tasks only.
  assert {
    condition     = !startswith(aws_iam_role.deployer[0].name, local.name) && alltrue([for statement in jsondecode(aws_iam_role_policy.deployer[0].policy).Statement : statement.Resource == ["arn:aws:iam::123456789012:role/agent-team-production-*"] if contains(statement.Action, "iam:PutRolePolicy") || contains(statement.Action, "iam:PassRole")])
    error_message = "The role can change itself."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.deployer[0].policy).Statement : statement.Condition.StringEquals["iam:PassedToService"] if contains(statement.Action, "iam:PassRole")]) == "ecs-tasks.amazonaws.com"
    error_message = "The roles of tasks can be given to other things than tasks."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.deployer[0].policy).Statement : statement.Condition.StringEquals["aws:RequestedRegion"] if statement.Sid == "WhatTheRegionsAreMadeOf"]) == ["us-east-1"]
    error_message = "It has rights in other regions."
  }

  assert {
    condition     = contains(flatten(jsondecode(aws_iam_role_policy.deployer[0].policy).Statement[*].Resource), "arn:aws:s3:::the-state/*") && length(aws_iam_role_policy.deployer[0].policy) <= 10240
    error_message = "It cannot read the state, or the policy is longer than a role's may be."
  }
}

run "a_provider_that_the_account_has_is_used" {
  command = plan

  variables {
    deployer = { provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com", subjects = ["repo:example/agent-team:environment:production"] }
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.deployer) == 0 && jsondecode(aws_iam_role.deployer[0].assume_role_policy).Statement[0].Principal.Federated == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    error_message = "There would be two of the same issuer, which AWS refuses."
  }
}

run "a_subject_that_admits_others_is_refused" {
  command = plan

  variables {
    deployer = { subjects = ["repo:example/*:ref:refs/heads/main"] }
  }

  expect_failures = [var.deployer]
}
