# What is allowed and should be known.

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
  image_tag    = "0123456789ab"
  secrets      = ["supabase_url"]
  supabase_url = "https://project.supabase.co"
}

run "production_without_a_certificate_is_warned_of" {
  command         = plan
  expect_failures = [check.https]
}

run "elsewhere_plain_http_is_nobodys_concern" {
  command = plan

  variables {
    alb_internal = true
    auth_mode    = "none"
    environment  = "staging"
  }
}

run "more_tasks_than_addresses_are_warned_of" {
  command         = plan
  expect_failures = [check.https, check.addresses]

  variables {
    max_count = 20
    vpc_cidr  = "10.0.0.0/18"
  }
}
