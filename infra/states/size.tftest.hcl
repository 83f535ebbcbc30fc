# A file of examples/, passed by -var-file. `npm run infra:state` writes its state to states/{file}.json.

mock_provider "aws" {
  source = "./states/primary"
}

mock_provider "aws" {
  alias  = "secondary"
  source = "./states/secondary"
}

variables {
  image_tag            = "0123abc" # deploy.sh sets it
  anthropic_api_key    = "test-anthropic"
  api_keys             = "unused" # an apply needs a value for every ephemeral variable
  identity_secret      = "test-identity-0123456789-0123456789"
  openai_api_key       = "test-openai"
  redis_url            = "rediss://redis.example.com:6379/0"
  supabase_jwt_secret  = "unused"
  supabase_secret_key  = "test-secret"
  supabase_service_key = "test-service"
  supabase_url         = "https://project.supabase.co"
  workflow_secrets     = "{}"
}

run "size" {
}
