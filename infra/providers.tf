provider "aws" {
  region = var.aws_region

  default_tags {
    tags = local.tags
  }
}

# Without a second region nothing is asked of it; a provider needs one all the same.
provider "aws" {
  alias  = "secondary"
  region = coalesce(var.secondary_region, var.aws_region)

  default_tags {
    tags = local.tags
  }
}
