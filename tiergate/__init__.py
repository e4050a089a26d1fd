"""Tiergate: API management for Amazon API Gateway HTTP APIs."""
