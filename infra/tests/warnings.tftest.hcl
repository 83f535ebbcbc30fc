# Settings that are allowed, with a warning.

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

run "production_without_a_certificate_has_a_warning" {
  command         = plan
  expect_failures = [check.https]
}

run "other_environments_without_a_certificate_have_no_warning" {
  command = plan

  variables {
    alb_internal = true
    auth_mode    = "none"
    environment  = "staging"
  }
}

run "more_tasks_than_addresses_have_a_warning" {
  command         = plan
  expect_failures = [check.https, check.addresses]

  variables {
    max_count = 20
    vpc_cidr  = "10.0.0.0/18"
  }
}
