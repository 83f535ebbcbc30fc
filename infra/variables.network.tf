variable "alb_ingress_cidrs" {
  description = "Source addresses that may call the API. Null: those of alb_ingress_prefix_list_ids, and without such lists the internet, or with alb_internal the VPC."
  type        = list(string)
  default     = null

  validation {
    condition     = var.alb_ingress_cidrs == null || (length(coalesce(var.alb_ingress_cidrs, [])) > 0 && alltrue([for cidr in coalesce(var.alb_ingress_cidrs, []) : can(cidrnetmask(cidr))]))
    error_message = "alb_ingress_cidrs must be IPv4 blocks, such as 203.0.113.7/32 for one address, and at least one of them."
  }
}

variable "alb_ingress_prefix_list_ids" {
  description = "Managed prefix lists of aws_region whose addresses may call the API, beside alb_ingress_cidrs: of your networks, or of CloudFront. With certificate_arn they reach the HTTPS port only: a list counts with its maximum number of entries (CloudFront's with 55) among the 60 rules of a security group, at each port."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.alb_ingress_prefix_list_ids : can(regex("^pl-([0-9a-f]{8}|[0-9a-f]{17})$", id))]) && length(distinct(var.alb_ingress_prefix_list_ids)) == length(var.alb_ingress_prefix_list_ids)
    error_message = "alb_ingress_prefix_list_ids must be ids of managed prefix lists, such as pl-3b927c52, each once."
  }
}

variable "alb_internal" {
  description = "True: the API's load balancer has private addresses, reachable from the VPC and networks connected to it. A change replaces the load balancer, and its DNS name changes."
  type        = bool
  default     = false
}

variable "az_count" {
  description = "Number of availability zones in which tasks run: 2 or 3."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.az_count)
    error_message = "az_count must be 2 or 3: an ALB needs two subnets, and with one zone the system does not survive its loss."
  }
}

variable "certificate_arn" {
  description = "ACM certificate of the public API, in aws_region. With it the API is served over HTTPS, and HTTP redirects; without it over HTTP only."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:${var.aws_region}:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn must be an ACM certificate of aws_region: a load balancer cannot use one of another region."
  }
}

variable "engine_egress_ports" {
  description = "TCP ports on the internet that workflows may call. Null: HTTP and HTTPS. HTTPS is always admitted, because the engine's image needs it."
  type        = list(number)
  default     = null

  validation {
    condition     = alltrue([for port in coalesce(var.engine_egress_ports, []) : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "engine_egress_ports must be port numbers from 1 to 65535."
  }
}

variable "nat_gateway" {
  description = "How tasks reach the internet: single (one NAT gateway), per_az (one in each zone), none (no internet: AWS through vpc_endpoints, and no model API)."
  type        = string
  default     = "single"

  validation {
    condition     = contains(["single", "per_az", "none"], var.nat_gateway)
    error_message = "nat_gateway must be single, per_az or none."
  }

  validation {
    condition     = var.nat_gateway != "none" || var.vpc_endpoints
    error_message = "nat_gateway = \"none\" needs vpc_endpoints = true: without both no task could load its image."
  }
}

variable "nlb_client_cidrs" {
  description = "CIDR blocks that may call workflow-agent through the internal load balancer. Null: the VPC's."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for cidr in coalesce(var.nlb_client_cidrs, []) : can(cidrnetmask(cidr))])
    error_message = "nlb_client_cidrs must be IPv4 blocks, such as 10.0.0.0/16."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the VPC, /16 to /18."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    # cidrsubnet(x, 0, 0) is x with the host bits cleared. The private subnets begin ten numbers after the public ones.
    condition     = can(regex("/1[678]$", var.vpc_cidr)) && try(cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr, false)
    error_message = "vpc_cidr must be the first address and the length of an IPv4 block from /16 to /18, such as 10.0.0.0/16."
  }
}

variable "vpc_endpoints" {
  description = "Interface endpoints of the AWS services that tasks use. For isolation: they cost more than a NAT gateway."
  type        = bool
  default     = false
}
