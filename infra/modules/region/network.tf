locals {
  # Public subnets are 10.0.0.0/24, 10.0.1.0/24…, private ones, where all tasks are, 10.0.10.0/24, 10.0.11.0/24…
  subnet_bits          = 8
  first_private_subnet = 10

  zones     = slice(data.aws_availability_zones.available.names, 0, var.network.az_count)
  nat_count = { single = 1, per_az = var.network.az_count, none = 0 }[var.network.nat_gateway]

  # ECS Exec needs one more.
  endpoint_services = concat(
    ["data-servicediscovery", "ecr.api", "ecr.dkr", "logs", "servicediscovery", "ssm"],
    var.tasks.execute_command ? ["ssmmessages"] : [],
  )
}

resource "aws_vpc" "this" {
  cidr_block           = var.network.vpc_cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

# The default group of AWS admits everything between its members. Without rules it admits nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-unused" }
}

resource "aws_subnet" "public" {
  count = var.network.az_count

  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.network.vpc_cidr, local.subnet_bits, count.index)
  vpc_id            = aws_vpc.this.id

  tags = { Name = "${var.name}-public-${count.index}" }
}

resource "aws_subnet" "private" {
  count = var.network.az_count

  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.network.vpc_cidr, local.subnet_bits, local.first_private_subnet + count.index)
  vpc_id            = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${count.index}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "public" {
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
  route_table_id         = aws_route_table.public.id
}

resource "aws_route_table_association" "public" {
  count = var.network.az_count

  route_table_id = aws_route_table.public.id
  subnet_id      = aws_subnet.public[count.index].id
}

resource "aws_eip" "nat" {
  count = local.nat_count

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${count.index}" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = local.nat_count

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id

  tags = { Name = "${var.name}-${count.index}" }
}

# One for each NAT gateway; one for all zones with a single gateway or none.
resource "aws_route_table" "private" {
  count = max(1, local.nat_count)

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${count.index}" }
}

resource "aws_route" "private" {
  count = local.nat_count

  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[count.index].id
  route_table_id         = aws_route_table.private[count.index].id
}

resource "aws_route_table_association" "private" {
  count = var.network.az_count

  route_table_id = aws_route_table.private[count.index % max(1, local.nat_count)].id
  subnet_id      = aws_subnet.private[count.index].id
}

# The layers of images come from S3: through this endpoint they cost nothing and pass no NAT gateway.
resource "aws_vpc_endpoint" "s3" {
  route_table_ids   = aws_route_table.private[*].id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  vpc_id            = aws_vpc.this.id

  tags = { Name = "${var.name}-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(var.network.vpc_endpoints ? local.endpoint_services : [])

  private_dns_enabled = true
  security_group_ids  = [aws_security_group.this["endpoints"].id]
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  subnet_ids          = aws_subnet.private[*].id
  vpc_endpoint_type   = "Interface"
  vpc_id              = aws_vpc.this.id

  tags = { Name = "${var.name}-${each.key}" }
}
