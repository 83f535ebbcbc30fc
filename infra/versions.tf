terraform {
  # 1.11: write-only arguments and ephemeral variables keep secrets out of the state, S3 locks it without DynamoDB.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The version that every test runs on; a newer one may change a default. docs/guides/deploy.md says how to move.
      version = "~> 5.100.0"
    }
  }
}
