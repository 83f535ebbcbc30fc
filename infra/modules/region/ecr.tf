resource "aws_ecr_repository" "this" {
  for_each = local.services

  # Images can be built again from their commit.
  force_delete         = true
  image_tag_mutability = "IMMUTABLE"
  name                 = "${var.name}/${each.key}"

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last 20 images: enough to roll back to"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 20 }
      action       = { type = "expire" }
    }]
  })
}
