provider "aws" {
  region = var.aws_region

  default_tags {
    tags = local.tags
  }
}

# Unused without a second region, but a provider needs a region.
provider "aws" {
  alias  = "secondary"
  region = coalesce(var.secondary_region, var.aws_region)

  default_tags {
    tags = local.tags
  }
}
