"""Everything that talks: DynamoDB, upstreams, API Gateway's events, settings, logs."""
