"""What editors know of the policy files."""
